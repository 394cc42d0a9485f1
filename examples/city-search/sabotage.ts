import type { CityProcess } from './city-process.ts'

/**
 * A server that does wrong what this example watches for, to show that it would be noticed: it loses one update, makes another twice,
 * refuses a third, and withholds the last city of the searches of 2.0.0.
 */
export function sabotaged(cities: CityProcess): CityProcess {
  let updates = 0
  return {
    get version() {
      return cities.version
    },
    nearest: (place) => cities.nearest(place),
    search: async (query) => {
      const found = await cities.search(query)
      return cities.version === '2.0.0' ? found.slice(0, -1) : found
    },
    view: async (id) => {
      updates++
      if (updates === 10) return 1
      if (updates === 20) await cities.view(id)
      if (updates === 30) throw new Error('refused')
      return cities.view(id)
    },
  }
}
