import { deepFreeze } from './deep-readonly.ts'
import type { DeepReadonly } from './deep-readonly.ts'
import { MoultError } from '../errors.ts'
import { TABLE, announceTable, isTable } from './table-mark.ts'
import type { TableAccess, TableKey, TableTypes, TableWatcher } from './table-mark.ts'

/** Options of a table. */
export interface TableOptions {
  /**
   * Freezes every value that is set, so that a change in place throws. For development: it costs time. Default false.
   */
  readonly freeze?: boolean
}

/**
 * An object with the inside of a WeakSet and none of its methods, which V8's serialiser refuses.
 * So a table in a payload, in a reply, or deep in a state is an error, not a silent copy without its records.
 */
// eslint-disable-next-line @typescript-eslint/no-extraneous-class
class Uncloneable {
  constructor() {
    return Reflect.construct(WeakSet, [], new.target) as Uncloneable
  }
}

const inspection = Symbol.for('nodejs.util.inspect.custom')

/**
 * A large part of a state, as records by key, in the order of insertion. It notes its changes, so that an upgrade
 * copies it while the process goes on, and the pause does not grow with it. It has to be a field of the state itself.
 *
 * Values are read-only: to change a record, {@link set} another value or {@link update} it. The table does not see a
 * change in place.
 */
export class Table<K extends TableKey, V> extends Uncloneable {
  readonly #records = new Map<K, DeepReadonly<V>>()
  readonly #freeze: boolean
  /** Whether a subclass has a method `changed`. */
  readonly #isHeard: boolean
  #watcher: TableWatcher | undefined

  constructor({ freeze = false }: TableOptions = {}) {
    super()
    announceTable()
    this.#freeze = freeze
    this.#isHeard = this.changed !== undefined
  }

  /** Every image has its own copy of the class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return this === Table
      ? isTable(value)
      : Function.prototype[Symbol.hasInstance].call(this, value)
  }

  /** The number of records. */
  get size(): number {
    return this.#records.size
  }

  get(key: K): DeepReadonly<V> | undefined {
    return this.#records.get(key)
  }

  has(key: K): boolean {
    return this.#records.has(key)
  }

  /**
   * Sets a record. An existing one keeps its place, a new one goes to the end.
   * @throws MoultError `INVALID_OPTION` for a key of a wrong type.
   */
  set(key: K, value: DeepReadonly<V>): this {
    checkKey(key)
    this.#put(key, value)
    return this
  }

  /** Sets a record to what `change` makes of it (undefined where there is none), and returns that. */
  update(key: K, change: (value: DeepReadonly<V> | undefined) => DeepReadonly<V>): DeepReadonly<V> {
    const value = change(this.#records.get(key))
    this.set(key, value)
    return value
  }

  /** Removes a record; false where there was none. */
  delete(key: K): boolean {
    const previous = this.#isHeard ? this.#records.get(key) : undefined
    if (!this.#records.delete(key)) return false
    this.#watcher?.removed(key)
    this.changed?.(key, undefined, previous)
    return true
  }

  /** Removes all records. */
  clear(): void {
    const gone = this.#isHeard ? [...this.#records] : []
    this.#records.clear()
    this.#watcher?.cleared()
    for (const [key, previous] of gone) this.changed?.(key, undefined, previous)
  }

  keys(): IterableIterator<K> {
    return this.#records.keys()
  }

  values(): IterableIterator<DeepReadonly<V>> {
    return this.#records.values()
  }

  entries(): IterableIterator<[K, DeepReadonly<V>]> {
    return this.#records.entries()
  }

  forEach(visit: (value: DeepReadonly<V>, key: K, table: this) => void): void {
    this.#records.forEach((value, key) => visit(value, key, this))
  }

  [Symbol.iterator](): IterableIterator<[K, DeepReadonly<V>]> {
    return this.#records.entries()
  }

  get [Symbol.toStringTag](): string {
    return 'Table'
  }

  /**
   * For subclasses that keep an index: called for each record that was set (`value`) or removed (undefined), also while
   * a table is filled after an upgrade.
   */
  protected changed?(
    key: K,
    value: DeepReadonly<V> | undefined,
    previous: DeepReadonly<V> | undefined,
  ): void

  /** @internal */
  [TABLE](): TableAccess & TableTypes<K, V> {
    return {
      records: this.#records,
      freeze: this.#freeze,
      put: (key, value) => this.#put(key as K, value as DeepReadonly<V>),
      remove: (key) => Table.prototype.delete.call(this, key),
      watch: (watcher) => {
        this.#watcher = watcher
      },
    }
  }

  /** @internal */
  [inspection](): unknown {
    return new (class Table extends Map<K, DeepReadonly<V>> {})(this.#records)
  }

  #put(key: K, value: DeepReadonly<V>): void {
    if (this.#freeze) deepFreeze(value)
    const { size } = this.#records
    const previous = this.#isHeard ? this.#records.get(key) : undefined
    this.#records.set(key, value)
    this.#watcher?.set(key, this.#records.size !== size)
    this.changed?.(key, value, previous)
  }
}

function checkKey(key: unknown): void {
  const kind = typeof key
  if (kind === 'string' || kind === 'number' || kind === 'bigint' || kind === 'boolean') return
  const expected = 'a string, number, bigint or boolean'
  const received =
    key === null ? 'null' : kind === 'undefined' ? 'undefined' : `a value of type ${kind}`
  const message = `a table's key should be ${expected}, but is ${received}`
  throw new MoultError('INVALID_OPTION', message, { path: 'key', expected, received })
}

/** A {@link Table} with these records. */
export function table<K extends TableKey, V>(
  entries: Iterable<readonly [K, V]> = [],
  options: TableOptions = {},
): Table<K, V> {
  const made = new Table<K, V>(options)
  for (const [key, value] of entries) made.set(key, value as DeepReadonly<V>)
  return made
}
