import { noRecords } from './table-chunk.ts'
import type { Records, TableChunk } from './table-chunk.ts'
import type { TableAccess, TableKey, TableWatcher } from './table-mark.ts'

/**
 * The unsent changes of a table in use. Records are sent in the order of the table:
 *
 * - In the first round one iterator runs along the live Map. It reaches inserted records and skips deleted ones, so
 *   only changed values are noted. The receiver ignores a changed value of a record that it does not have yet: the
 *   iterator will bring it.
 * - Afterwards insertions are noted too. A record that was deleted and inserted again is noted last, as in the table.
 * - All deletions go first, so that a record that was inserted again leaves its old place.
 */
export class TableChanges implements TableWatcher {
  readonly #name: string
  readonly #table: TableAccess
  /** The iterator of the first round; undefined after it. */
  #ahead: Iterator<[TableKey, unknown], undefined> | undefined
  #begins = true
  readonly #dirty = new Set<TableKey>()
  readonly #deleted = new Set<TableKey>()

  /** Watches the table from now on. */
  constructor(name: string, table: TableAccess) {
    this.#name = name
    this.#table = table
    this.#ahead = table.records.entries()
    table.watch(this)
  }

  /** How many changes are noted. */
  get noted(): number {
    return this.#dirty.size + this.#deleted.size
  }

  /** Whether the first round goes on. How much of it is left is unknown. */
  get isFirstRound(): boolean {
    return this.#ahead !== undefined
  }

  set(key: TableKey, isNew: boolean): void {
    if (!isNew || this.#ahead === undefined) this.#dirty.add(key)
  }

  removed(key: TableKey): void {
    this.#dirty.delete(key)
    this.#deleted.add(key)
  }

  cleared(): void {
    this.#begins = true
    this.#ahead = this.#table.records.entries()
    this.#dirty.clear()
    this.#deleted.clear()
  }

  /** The next part of at most `max` records; undefined when nothing is left for now. */
  take(max: number): TableChunk | undefined {
    const kind = this.#begins ? 'begin' : 'more'
    const deleted = takeKeys(this.#deleted, max)
    const room = max - deleted.length
    // Updates must not keep the first round from its end.
    const dirtyRoom = this.isFirstRound ? Math.ceil(room / 2) : room
    const dirty = this.#valuesOf(takeKeys(this.#dirty, dirtyRoom))
    const rest = room - dirty.keys.length
    const [updated, added] = this.isFirstRound ? [dirty, this.#advance(rest)] : [noRecords(), dirty]
    this.#begins = false
    const isEmpty = deleted.length + updated.keys.length + added.keys.length === 0
    if (isEmpty && kind === 'more') return undefined
    return { table: this.#name, kind, freeze: this.#table.freeze, deleted, updated, added }
  }

  /** Stops watching. */
  end(): void {
    this.#table.watch(undefined)
  }

  #valuesOf(keys: TableKey[]): Records {
    const { records } = this.#table
    return { keys, values: keys.map((key) => records.get(key)), leftOut: [] }
  }

  #advance(max: number): Records {
    const records = noRecords()
    while (this.#ahead !== undefined && records.keys.length < max) {
      const next = this.#ahead.next()
      if (next.done === true) this.#ahead = undefined
      else {
        records.keys.push(next.value[0])
        records.values.push(next.value[1])
      }
    }
    return records
  }
}

function takeKeys(keys: Set<TableKey>, max: number): TableKey[] {
  const taken: TableKey[] = []
  for (const key of keys) {
    if (taken.length >= max) break
    taken.push(key)
  }
  if (taken.length === keys.size) keys.clear()
  else for (const key of taken) keys.delete(key)
  return taken
}
