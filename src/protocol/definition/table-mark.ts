/** What a table's records go by. */
export type TableKey = string | number | bigint | boolean

/** Who is told what changes in a table. */
export interface TableWatcher {
  /** A record was set: a new one, or another value of one that was there. */
  set(key: TableKey, isNew: boolean): void
  /** A record that was there has gone. */
  removed(key: TableKey): void
  /** All records have gone. */
  cleared(): void
}

/** The inside of a table, for moult alone. */
export interface TableAccess {
  /** Live. To be read only. */
  readonly records: ReadonlyMap<TableKey, unknown>
  readonly freeze: boolean
  put(key: TableKey, value: unknown): void
  remove(key: TableKey): void
  /** One watcher at a time; undefined ends it. */
  watch(watcher: TableWatcher | undefined): void
}

/** What a table is a table of. Never there: from it TypeScript knows that of a subclass too. */
export interface TableTypes<K, V> {
  readonly types?: readonly [key: K, value: V]
}

/** Every image brings its own copy of the class: a table is told by this mark, not by its class. */
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
    // A proxy that was revoked, or that throws.
    return false
  }
}

/** Where an isolate hears of the first table that is made in it, by whichever copy of the class. */
const FIRST_TABLE = Symbol.for('moult.first-table')

interface Listening {
  [FIRST_TABLE]?: (() => void) | undefined
}

/** Calls `listener` once, when the first table is made in this thread. */
export function onFirstTable(listener: () => void): void {
  ;(globalThis as Listening)[FIRST_TABLE] = listener
}

/** False as long as no table has been made in this thread, where somebody listens for the first. */
export function mayHaveTables(): boolean {
  return (globalThis as Listening)[FIRST_TABLE] === undefined
}

/** Says that a table is made. */
export function announceTable(): void {
  const listening = globalThis as Listening
  listening[FIRST_TABLE]?.()
  listening[FIRST_TABLE] = undefined
}
