import { ANSWER_LENGTH, cityOf } from './city.ts'
import type { City } from './city.ts'
import { angleOf, pointOf, toDegrees } from './globe.ts'
import type { Place, Point } from './globe.ts'

/** A city of an answer to `nearest`. */
export interface Neighbour extends City {
  readonly km: number
}

/** Mean radius of the Earth. */
const EARTH_KM = 6371.0088
/** Degrees by which rounding cannot be wrong, and that reach no further than a hand. */
const ROUNDING = 1e-6

/** Finds the nearest of the cities it is shown: by distance, then by id. In whatever order they come, the answer is the same. */
export class Nearest {
  readonly #place: Place
  readonly #point: Point
  readonly #found: { readonly city: City; readonly squared: number }[] = []
  /** Square of the straight distance through the globe (its radius is 1) that a city must not exceed to get in. */
  #reach = Infinity
  /** Degrees of latitude that lie within that reach. */
  #latitudes = Infinity

  constructor(place: Place) {
    this.#place = place
    this.#point = pointOf(place)
  }

  /** Whether a city may get in that is so far away, straight through the globe. */
  reaches(distance: number): boolean {
    return distance * distance <= this.#reach
  }

  /** Whether a city of this latitude may get in: most may not, which spares their points. */
  reachesLatitude(lat: number): boolean {
    return Math.abs(lat - this.#place.lat) <= this.#latitudes
  }

  see(city: City, [cityX, cityY, cityZ]: Point): void {
    const x = cityX - this.#point[0]
    const y = cityY - this.#point[1]
    const z = cityZ - this.#point[2]
    const squared = x * x + y * y + z * z
    if (squared <= this.#reach) this.#insert(city, squared)
  }

  answer(): Neighbour[] {
    return this.#found.map(({ city, squared }) => ({
      ...cityOf(city),
      km: EARTH_KM * angleOf(squared),
    }))
  }

  #insert(city: City, squared: number): void {
    const later = this.#found.findIndex(
      (other) => squared < other.squared || (squared === other.squared && city.id < other.city.id),
    )
    this.#found.splice(later < 0 ? this.#found.length : later, 0, { city, squared })
    if (this.#found.length > ANSWER_LENGTH) this.#found.pop()
    if (this.#found.length < ANSWER_LENGTH) return
    this.#reach = this.#found.at(-1)!.squared
    this.#latitudes = toDegrees(angleOf(this.#reach)) + ROUNDING
  }
}
