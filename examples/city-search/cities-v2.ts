import { defineProcess } from 'moult'
import { ANSWER_LENGTH, cityAt, viewCounts } from './cities.ts'
import type { City } from './cities.ts'
import type { StateV1 } from './cities-v1.ts'
import type { Place } from './globe.ts'
import { indexed, rowOf } from './indexes.ts'
import type { IndexedCities } from './indexes.ts'
import type { Neighbour } from './nearest.ts'
import { nearestByIndex } from './places.ts'
import { rowsByPrefix } from './prefixes.ts'
import { fold } from './texts.ts'

/** Version 2.0.0 adds indexes. */
interface StateV2 extends IndexedCities {
  /** How often each city was viewed, by row. */
  readonly views: Uint32Array
}

/** The same questions, answered from indexes: only cities that may be part of the answer are looked at. */
export default defineProcess({
  version: '2.0.0',
  init: (): StateV2 => {
    throw new Error('2.0.0 knows no cities of its own: start 1.0.0 and upgrade it')
  },
  codeChange: {
    '1.0.0': ({ cities, views }: StateV1) => ({ ...indexed(cities), views }),
  },
  downgrade: {
    '1.0.0': ({ cities, views }): StateV1 => ({ cities, views }),
  },
  calls: {
    search: ({ cities, prefixes }, query: string): City[] => {
      const prefix = fold(query)
      if (prefix === '') return []
      const rows = rowsByPrefix(cities.folded, prefixes, prefix, ANSWER_LENGTH)
      return rows.map((row) => cityAt(cities, row))
    },

    nearest: ({ cities, places }, place: Place): Neighbour[] =>
      nearestByIndex(cities, places, place),

    view: (state, id: number): number | undefined => {
      const row = rowOf(state, id)
      return row === undefined ? undefined : ++state.views[row]!
    },

    /** How many cities there are. */
    count: ({ cities }) => cities.ids.length,

    /** How often each viewed city was viewed, by id. */
    viewCounts: ({ cities, views }) => viewCounts(cities, views),
  },
})
