import { byRank } from './city.ts'
import type { IndexedCity } from './indexed-city.ts'

/** Cities in the order of their ranks, in whatever order they come. */
export class RankedCities {
  readonly #cities: IndexedCity[] = []

  get size(): number {
    return this.#cities.length
  }

  add(city: IndexedCity): void {
    const last = this.#cities.at(-1)
    // A table is copied in its order, which is that of the ranks: nearly all come last.
    if (last === undefined || byRank(last, city) < 0) this.#cities.push(city)
    else this.#cities.splice(this.#placeOf(city), 0, city)
  }

  remove(city: IndexedCity): void {
    this.#cities.splice(this.#placeOf(city), 1)
  }

  [Symbol.iterator](): IterableIterator<IndexedCity> {
    return this.#cities.values()
  }

  /** How many cities have a better rank. */
  #placeOf(city: IndexedCity): number {
    let [from, to] = [0, this.#cities.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if (byRank(this.#cities[middle]!, city) < 0) from = middle + 1
      else to = middle
    }
    return from
  }
}
