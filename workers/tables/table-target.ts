import type { Records, TableChunk } from '../../src/protocol/definition/table-chunk.ts'
import { TABLE, isTable } from '../../src/protocol/definition/table-mark.ts'
import type { TableAccess, TableKey } from '../../src/protocol/definition/table-mark.ts'

/** A table of the new version while it is filled. */
export class TableTarget {
  /** Of any copy of the class. */
  readonly table: object
  readonly #access: TableAccess
  /** Keys of records that the migration has left out: a later change may bring them in. */
  readonly #leftOut = new Set<TableKey>()

  constructor(table: object) {
    if (!isTable(table)) throw new TypeError('this is no table')
    this.table = table
    this.#access = table[TABLE]()
  }

  apply({ deleted, updated, added }: TableChunk): void {
    for (const key of deleted) {
      this.#leftOut.delete(key)
      this.#access.remove(key)
    }
    this.#set(updated, (key) => this.#access.records.has(key) || this.#leftOut.has(key))
    this.#set(added, () => true)
  }

  #set({ keys, values, leftOut }: Records, isDue: (key: TableKey) => boolean): void {
    keys.forEach((key, index) => {
      if (!isDue(key)) return
      if (this.#leftOut.size > 0) this.#leftOut.delete(key)
      this.#access.put(key, values[index])
    })
    for (const key of leftOut) {
      if (!isDue(key)) continue
      this.#access.remove(key)
      this.#leftOut.add(key)
    }
  }
}
