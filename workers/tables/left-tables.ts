import { goneChunk } from '../../src/protocol/definition/table-chunk.ts'
import type { TableChunk } from '../../src/protocol/definition/table-chunk.ts'
import { TableChanges } from '../../src/protocol/definition/table-changes.ts'
import type { TableKey } from '../../src/protocol/definition/table-mark.ts'
import { tablesOf } from './table-state.ts'

interface Followed {
  /** Tells one table from another in the same field. */
  readonly records: ReadonlyMap<TableKey, unknown>
  readonly changes: TableChanges
}

/** The unsent changes in the tables of a live state. Follows handlers that assign other tables. */
export class LeftTables {
  readonly #state: () => unknown
  readonly #followed = new Map<string, Followed>()
  #gone: string[] = []

  constructor(state: () => unknown) {
    this.#state = state
  }

  /** How many changes are noted. */
  get noted(): number {
    let noted = 0
    for (const { changes } of this.#followed.values()) noted += changes.noted
    return noted
  }

  /** Whether a table has records that were never sent. */
  get isFirstRound(): boolean {
    return [...this.#followed.values()].some(({ changes }) => changes.isFirstRound)
  }

  /** The next part, of one table; undefined when nothing is left for now. @throws MoultError `UNCLONEABLE_STATE` */
  take(max: number): TableChunk | undefined {
    this.#look()
    const gone = this.#gone.shift()
    if (gone !== undefined) return goneChunk(gone)
    for (const { changes } of this.#followed.values()) {
      const chunk = changes.take(max)
      if (chunk !== undefined) return chunk
    }
    return undefined
  }

  /** Stops watching. */
  end(): void {
    for (const { changes } of this.#followed.values()) changes.end()
    this.#followed.clear()
  }

  #look(): void {
    const tables = tablesOf(this.#state())
    for (const [name, { records, changes }] of this.#followed) {
      if (tables.get(name)?.records === records) continue
      changes.end()
      this.#followed.delete(name)
      if (!tables.has(name)) this.#gone.push(name)
    }
    for (const [name, access] of tables) {
      if (this.#followed.has(name)) continue
      this.#followed.set(name, { records: access.records, changes: new TableChanges(name, access) })
    }
  }
}
