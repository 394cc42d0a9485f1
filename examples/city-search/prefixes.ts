import type { IndexedCity } from './indexed-city.ts'
import { RankedCities } from './ranked-cities.ts'

/** Names are grouped by beginnings of up to so many letters. A longer query looks through the longest's group. */
const LONGEST = 3

/** Cities by the first letters of their names. */
export class Prefixes {
  readonly #groups = new Map<string, RankedCities>()

  add(city: IndexedCity): void {
    for (const start of startsOf(city)) {
      let group = this.#groups.get(start)
      if (group === undefined) this.#groups.set(start, (group = new RankedCities()))
      group.add(city)
    }
  }

  remove(city: IndexedCity): void {
    for (const start of startsOf(city)) {
      const group = this.#groups.get(start)
      group?.remove(city)
      if (group?.size === 0) this.#groups.delete(start)
    }
  }

  /** The first cities by rank, at most `limit`, whose folded names begin with `prefix` (not empty). */
  find(prefix: string, limit: number): IndexedCity[] {
    const found: IndexedCity[] = []
    for (const city of this.#groups.get(prefix.slice(0, LONGEST)) ?? []) {
      if (city.folded.startsWith(prefix)) found.push(city)
      if (found.length === limit) break
    }
    return found
  }
}

/** The beginnings that a name has. */
function startsOf({ folded }: IndexedCity): string[] {
  const starts: string[] = []
  for (let length = 1; length <= Math.min(LONGEST, folded.length); length++) {
    starts.push(folded.slice(0, length))
  }
  return starts
}
