import { noRecords } from './table-chunk.ts'
import type { Records, TableChunk } from './table-chunk.ts'
import type { TableAccess, TableKey, TableWatcher } from './table-mark.ts'

/**
 * What of a table has not been sent yet, while it is in use. The order of what is sent is that of the table:
 *
 * - In the first round one iterator runs along the live Map. It comes to what is inserted meanwhile, and passes over what is deleted,
 *   so insertions need no note. Other values are sent where they are due; the receiver takes them only for records that it has,
 *   since the iterator brings the others later, and as they are then.
 * - Afterwards insertions are noted too. One that was deleted and inserted again is noted last, as it is last in the table.
 * - Deletions go before everything else, all of them, so that what was deleted and inserted again leaves its old place.
 */
export class TableChanges implements TableWatcher {
  readonly #name: string
  readonly #table: TableAccess
  /** Undefined when the first round is over. */
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

  /** Whether the first round goes on: how much is left of it nobody knows. */
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

  /** Watches no more. */
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
