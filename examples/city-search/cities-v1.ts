import { defineProcess, table } from 'moult'
import type { Table } from 'moult'
import type { PlainCity } from './cities-plain.ts'
import type { City } from './city.ts'
import { nearestOfEvery, searchEvery } from './every-city.ts'
import type { KnownCity } from './every-city.ts'
import type { Place } from './globe.ts'
import type { Neighbour } from './nearest.ts'
import { viewCounts } from './views.ts'

/** A record of version 1.0.0, and what later versions take over. */
export interface CityV1 extends KnownCity {
  /** How often it was viewed. */
  readonly views: number
}

/** The same cities in a table: the next upgrade need not look at all of them in its pause. */
export default defineProcess({
  version: '1.0.0',
  init: (): { cities: Table<number, CityV1> } => {
    throw new Error('1.0.0 knows no cities of its own: start 0.9.0 and upgrade it')
  },
  codeChange: {
    '0.9.0': ({ cities }: { cities: Map<number, PlainCity> }) => ({
      cities: table<number, CityV1>(cities),
    }),
  },
  calls: {
    /** The largest cities whose name begins with `query`. */
    search: ({ cities }, query: string): City[] => searchEvery(cities, query),

    nearest: ({ cities }, place: Place): Neighbour[] => nearestOfEvery(cities, place),

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
