import { defineProcess } from 'moult'
import { ANSWER_LENGTH, cityOf } from './city.ts'
import type { City } from './city.ts'
import type { CityV1 } from './cities-v1.ts'
import { fold } from './fold.ts'
import { pointOf } from './globe.ts'
import type { Place } from './globe.ts'
import { IndexedCities } from './indexed-cities.ts'
import type { ViewedCity } from './indexed-cities.ts'
import type { Neighbour } from './nearest.ts'
import { viewCounts } from './views.ts'

/** The same questions, answered from indexes: only cities that may be part of the answer are looked at. */
export default defineProcess({
  version: '2.0.0',
  init: (): { cities: IndexedCities } => {
    throw new Error('2.0.0 knows no cities of its own: start 1.0.0 and upgrade it')
  },
  tables: { cities: () => new IndexedCities() },
  codeChange: {
    '1.0.0': {
      tables: {
        cities: (old: CityV1): ViewedCity => {
          const { folded, views } = old
          return { city: { ...cityOf(old), folded, point: pointOf(old) }, views }
        },
      },
    },
  },
  downgrade: {
    '1.0.0': {
      tables: {
        cities: ({ city, views }): CityV1 => ({ ...cityOf(city), folded: city.folded, views }),
      },
    },
  },
  calls: {
    search: ({ cities }, query: string): City[] => {
      const prefix = fold(query)
      return prefix === '' ? [] : cities.search(prefix, ANSWER_LENGTH).map(cityOf)
    },

    nearest: ({ cities }, place: Place): Neighbour[] => cities.nearest(place),

    view: ({ cities }, id: number): number | undefined => {
      const record = cities.get(id)
      if (record === undefined) return undefined
      const views = record.views + 1
      cities.set(id, { ...record, views })
      return views
    },

    /** How many cities there are. */
    count: ({ cities }) => cities.size,

    /** How often each viewed city was viewed, by id. */
    viewCounts: ({ cities }) => viewCounts(cities),
  },
})
