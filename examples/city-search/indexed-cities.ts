import { Table } from 'moult'
import type { DeepReadonly } from 'moult'
import type { Place } from './globe.ts'
import { Grid } from './grid.ts'
import type { IndexedCity } from './indexed-city.ts'
import type { Neighbour } from './nearest.ts'
import { Prefixes } from './prefixes.ts'

/** A record of 2.0.0: what never changes apart from what does, so that a view leaves the indexes alone. */
export interface ViewedCity {
  readonly city: IndexedCity
  readonly views: number
}

/**
 * Cities by id, and two indexes that grow and shrink with the records. In an upgrade they are built record by record, while the
 * table is copied and the old version still serves: when the process stands still, they are there.
 */
export class IndexedCities extends Table<number, ViewedCity> {
  readonly #prefixes = new Prefixes()
  readonly #grid = new Grid()

  /** The largest cities, at most `limit`, whose folded names begin with `prefix` (not empty). */
  search(prefix: string, limit: number): IndexedCity[] {
    return this.#prefixes.find(prefix, limit)
  }

  nearest(place: Place): Neighbour[] {
    return this.#grid.nearest(place)
  }

  protected override changed(
    _id: number,
    record: DeepReadonly<ViewedCity> | undefined,
    previous: DeepReadonly<ViewedCity> | undefined,
  ): void {
    if (record?.city === previous?.city) return
    if (previous !== undefined) {
      this.#prefixes.remove(previous.city)
      this.#grid.remove(previous.city)
    }
    if (record !== undefined) {
      this.#prefixes.add(record.city)
      this.#grid.add(record.city)
    }
  }
}
