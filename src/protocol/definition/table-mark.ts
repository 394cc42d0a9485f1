/** The key of a record of a table. */
export type TableKey = string | number | bigint | boolean

/** A listener to the changes of a table. */
export interface TableWatcher {
  /** A record was added, or got another value. */
  set(key: TableKey, isNew: boolean): void
  /** A record was removed. */
  removed(key: TableKey): void
  /** All records were removed. */
  cleared(): void
}

/** The inside of a table, for moult only. */
export interface TableAccess {
  /** Live. To be read only. */
  readonly records: ReadonlyMap<TableKey, unknown>
  readonly freeze: boolean
  put(key: TableKey, value: unknown): void
  remove(key: TableKey): void
  /** One watcher at a time; undefined ends it. */
  watch(watcher: TableWatcher | undefined): void
}

/** The types of keys and values. No value at run time: TypeScript infers from it, for subclasses too. */
export interface TableTypes<K, V> {
  readonly types?: readonly [key: K, value: V]
}

/** Marks a table. Every image has its own copy of the class, so the class cannot tell. */
export const TABLE = Symbol.for('moult.table')

interface Marked {
  [TABLE](): TableAccess
}

/** Whether a value is a table, of any copy of moult. */
export function isTable(value: unknown): value is Marked {
  if (typeof value !== 'object' || value === null) return false
  try {
    return TABLE in value
  } catch {
    // A revoked or throwing proxy.
    return false
  }
}

/** The global that holds the listener to the first table of a thread, for all copies of the class. */
const FIRST_TABLE = Symbol.for('moult.first-table')

interface Listening {
  [FIRST_TABLE]?: (() => void) | undefined
}

/** Calls `listener` once, when the first table is made in this thread. */
export function onFirstTable(listener: () => void): void {
  ;(globalThis as Listening)[FIRST_TABLE] = listener
}

/** False in a thread that listens for its first table and has made none yet. */
export function mayHaveTables(): boolean {
  return (globalThis as Listening)[FIRST_TABLE] === undefined
}

/** Announces that a table is made. */
export function announceTable(): void {
  const listening = globalThis as Listening
  listening[FIRST_TABLE]?.()
  listening[FIRST_TABLE] = undefined
}
