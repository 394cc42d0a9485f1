import type { Prototypes } from '../bytes/prototypes.ts'
import type { TableKey } from './table-mark.ts'

/** Records in their order, as two lists of keys and values. */
export interface Records {
  readonly keys: TableKey[]
  readonly values: unknown[]
  /** Keys of records that the migration left out. */
  readonly leftOut: TableKey[]
}

/** A part of a table on its way to another isolate, applied in this order: deleted, updated, added. */
export interface TableChunk {
  /** Name of the field. */
  readonly table: string
  /** `begin`: drop earlier chunks of this table. `gone`: the state has no such table any more. */
  readonly kind: 'begin' | 'more' | 'gone'
  readonly freeze: boolean
  readonly deleted: readonly TableKey[]
  /** Changed values. Those of records that have not come yet are to be ignored: the records will come. */
  readonly updated: Records
  /** Records to set, at the end or in their old places. */
  readonly added: Records
  /** Of the records. */
  readonly prototypes?: Prototypes
}

/** No records. */
export function noRecords(): Records {
  return { keys: [], values: [], leftOut: [] }
}

/** A chunk for a table that the state no longer has. */
export function goneChunk(table: string): TableChunk {
  const updated = noRecords()
  const added = noRecords()
  return { table, kind: 'gone', freeze: false, deleted: [], updated, added }
}

/** The number of records in a chunk. */
export function chunkSize({ deleted, updated, added }: TableChunk): number {
  return deleted.length + updated.keys.length + added.keys.length
}
