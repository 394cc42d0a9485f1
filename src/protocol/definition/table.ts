import { deepFreeze } from './deep-readonly.ts'
import type { DeepReadonly } from './deep-readonly.ts'
import { MoultError } from '../errors.ts'
import { extraArguments } from '../extra-arguments.ts'
import { noSuchOption } from '../no-such-option.ts'
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

  /** @throws MoultError `INVALID_OPTION`, as all that is given more arguments than it takes */
  constructor(options: TableOptions = {}) {
    super()
    if (arguments.length > 1) throw extraArguments('new Table', ['options'], arguments.length)
    checkOptions(options)
    announceTable()
    this.#freeze = options.freeze ?? false
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
    if (arguments.length > 1) throw extraArguments('table.get', ['key'], arguments.length)
    return this.#records.get(key)
  }

  has(key: K): boolean {
    if (arguments.length > 1) throw extraArguments('table.has', ['key'], arguments.length)
    return this.#records.has(key)
  }

  /**
   * Sets a record. An existing one keeps its place, a new one goes to the end.
   * @throws MoultError `INVALID_OPTION` for a key of a wrong type.
   */
  set(key: K, value: DeepReadonly<V>): this {
    if (arguments.length > 2) throw extraArguments('table.set', ['key', 'value'], arguments.length)
    checkKey(key)
    this.#put(key, value)
    return this
  }

  /** Sets a record to what `change` makes of it (undefined where there is none), and returns that. */
  update(key: K, change: (value: DeepReadonly<V> | undefined) => DeepReadonly<V>): DeepReadonly<V> {
    if (arguments.length > 2)
      throw extraArguments('table.update', ['key', 'change'], arguments.length)
    checkFunction('table.update: change', 'change', change)
    const value = change(this.#records.get(key))
    this.set(key, value)
    return value
  }

  /** Removes a record; false where there was none. */
  delete(key: K): boolean {
    if (arguments.length > 1) throw extraArguments('table.delete', ['key'], arguments.length)
    const previous = this.#isHeard ? this.#records.get(key) : undefined
    if (!this.#records.delete(key)) return false
    this.#watcher?.removed(key)
    this.changed?.(key, undefined, previous)
    return true
  }

  /** Removes all records. */
  clear(): void {
    if (arguments.length > 0) throw extraArguments('table.clear', [], arguments.length)
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
    if (arguments.length > 1) throw extraArguments('table.forEach', ['visit'], arguments.length)
    checkFunction('table.forEach: visit', 'visit', visit)
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
  throw refusal("a table's key", 'key', 'a string, number, bigint or boolean', key)
}

function checkFunction(what: string, path: string, given: unknown): void {
  if (typeof given !== 'function') throw refusal(what, path, 'a function', given)
}

const optionNames: readonly (keyof TableOptions)[] = ['freeze']

function checkOptions(options: unknown): asserts options is TableOptions {
  // A Map has no options, whatever it holds.
  if (Object.prototype.toString.call(options) !== '[object Object]') {
    throw refusal('table: options', 'options', 'an object', options)
  }
  for (const [name, value] of Object.entries(options as object)) {
    if (!optionNames.some((each) => each === name))
      throw noSuchOption('table', name, name, optionNames)
    const isRight = value === undefined || typeof value === 'boolean'
    if (!isRight) throw refusal(`table: ${name}`, name, 'true or false', value)
  }
}

/** A text or an object without an order would give records that were not meant. */
function checkEntry(entry: unknown, at: number): void {
  if (Array.isArray(entry)) return
  throw refusal(`table: entries[${at}]`, `entries[${at}]`, 'a key and a value in an array', entry)
}

function checkEntries(entries: unknown): asserts entries is Iterable<readonly unknown[]> {
  const isIterable = typeof entries === 'object' && entries !== null && Symbol.iterator in entries
  if (isIterable) return
  throw refusal('table: entries', 'entries', 'keys and values, as an array or a Map', entries)
}

function refusal(what: string, path: string, expected: string, value: unknown): MoultError {
  const received = value === null || value === undefined ? String(value) : kindOf(value)
  const message = `${what} should be ${expected}, but is ${received}`
  return new MoultError('INVALID_OPTION', message, { path, expected, received })
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`
}

/**
 * A {@link Table} with these records.
 * @throws MoultError `INVALID_OPTION`
 */
export function table<K extends TableKey, V>(
  entries: Iterable<readonly [K, V]> = [],
  options: TableOptions = {},
): Table<K, V> {
  if (arguments.length > 2) throw extraArguments('table', ['entries', 'options'], arguments.length)
  checkEntries(entries)
  const made = new Table<K, V>(options)
  let at = 0
  for (const entry of entries) {
    checkEntry(entry, at++)
    made.set(entry[0], entry[1] as DeepReadonly<V>)
  }
  return made
}
