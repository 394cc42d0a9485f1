import { ANSWER_LENGTH, cityAt } from './cities.ts'
import type { Cities, City } from './cities.ts'
import { pointOf } from './globe.ts'
import type { Place } from './globe.ts'

/** A city of an answer to `nearest`. */
export interface Neighbour extends City {
  readonly km: number
}

/** Mean radius of the Earth. */
const EARTH_KM = 6371.0088

/** Finds the nearest of the cities it is shown: by distance, then by id. In whatever order they come, the answer is the same. */
export class Nearest {
  readonly #cities: Cities
  readonly #x: number
  readonly #y: number
  readonly #z: number
  readonly #found: { readonly row: number; readonly squared: number }[] = []

  /** Square of the straight distance through the globe (its radius is 1) that a city must not exceed to get in. */
  reach = Infinity

  constructor(cities: Cities, place: Place) {
    this.#cities = cities
    ;[this.#x, this.#y, this.#z] = pointOf(place)
  }

  see(row: number): void {
    const { points } = this.#cities
    const x = points[3 * row]! - this.#x
    const y = points[3 * row + 1]! - this.#y
    const z = points[3 * row + 2]! - this.#z
    const squared = x * x + y * y + z * z
    if (squared <= this.reach) this.#insert(row, squared)
  }

  answer(): Neighbour[] {
    return this.#found.map(({ row, squared }) => ({
      ...cityAt(this.#cities, row),
      km: 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(squared) / 2)),
    }))
  }

  #insert(row: number, squared: number): void {
    const { ids } = this.#cities
    const later = this.#found.findIndex(
      (other) =>
        squared < other.squared || (squared === other.squared && ids[row]! < ids[other.row]!),
    )
    this.#found.splice(later < 0 ? this.#found.length : later, 0, { row, squared })
    if (this.#found.length > ANSWER_LENGTH) this.#found.pop()
    if (this.#found.length === ANSWER_LENGTH) this.reach = this.#found.at(-1)!.squared
  }
}
