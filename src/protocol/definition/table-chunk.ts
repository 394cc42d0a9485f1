import type { TableKey } from './table-mark.ts'

/** Records in their order, keys and values side by side. */
export interface Records {
  readonly keys: TableKey[]
  readonly values: unknown[]
  /** Keys of records that a migration leaves out. */
  readonly leftOut: TableKey[]
}

/** A part of a table on its way to another isolate, applied in this order: deleted, updated, added. */
export interface TableChunk {
  /** Name of the field. */
  readonly table: string
  /** `begin`: what came before of this table counts no more. `gone`: the state has no such table any more. */
  readonly kind: 'begin' | 'more' | 'gone'
  readonly freeze: boolean
  readonly deleted: readonly TableKey[]
  /** Other values of records that may not have come yet: then they will, and these are to be passed over. */
  readonly updated: Records
  /** Records to set: at the end, or where they are. */
  readonly added: Records
}

/** No records. */
export function noRecords(): Records {
  return { keys: [], values: [], leftOut: [] }
}

/** Says that the state has no such table any more. */
export function goneChunk(table: string): TableChunk {
  const [updated, added] = [noRecords(), noRecords()]
  return { table, kind: 'gone', freeze: false, deleted: [], updated, added }
}

/** How many records a chunk is about. */
export function chunkSize({ deleted, updated, added }: TableChunk): number {
  return deleted.length + updated.keys.length + added.keys.length
}
