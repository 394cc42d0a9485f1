import type { ProcessRef } from 'moult'
import type citiesPlain from './cities-plain.ts'
import type { City } from './city.ts'
import type { Place } from './globe.ts'
import type { Neighbour } from './nearest.ts'

/** What the server needs of the process, whichever version answers. */
export interface CityProcess {
  readonly version: string
  search(query: string): Promise<City[]>
  nearest(place: Place): Promise<Neighbour[]>
  view(id: number): Promise<number | undefined>
}

export function cityProcess(ref: ProcessRef<typeof citiesPlain>): CityProcess {
  return {
    get version() {
      return ref.version
    },
    search: (query) => ref.call('search', query),
    nearest: (place) => ref.call('nearest', place),
    view: (id) => ref.call('view', id),
  }
}
