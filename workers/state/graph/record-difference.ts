import { fieldFault, hasOnly, readField } from '../../../src/protocol/bytes/field-fault.ts'
import { lost } from './difference-writer.ts'
import type { DifferenceWriter } from './difference-writer.ts'
import type { Shape } from './shape.ts'
import { Step } from './slice.ts'

/** Objects with more fields are compared key by key, in parts. */
export const MANY_FIELDS = 32
/** So many keys are listed in the time in which one object is looked at. */
const LISTED_PER_STEP = 4
/**
 * Where no key had come or gone, so many rounds go by the keys that were there: messages wait while they are listed. The
 * last look lists them anyway.
 */
const UNLISTED_ROUNDS = 3
/** The largest number that is an index and not a name, and comes before names. */
const MAX_INDEX = 2 ** 32 - 2

/** A record by its keys. */
export type Fields = Record<string, unknown>

/** Whether a record has the fields that it was kept with, in their order. Its values lie from a place on. */
export function isSameRecord(
  record: object,
  shape: Shape,
  values: readonly unknown[],
  from: number,
): boolean {
  const { keys } = shape
  if (Object.getPrototypeOf(record) !== shape.prototype) return false
  let at = 0
  for (const key in record) {
    if (key !== keys[at] || !Object.is(values[from + at], (record as Fields)[key])) return false
    at++
  }
  // Hidden ones are among the names. That is quick where none is; to look for symbols and getters takes six times as long.
  return at === keys.length && Object.getOwnPropertyNames(record).length === at
}

/** Its own keys, in order. @throws NotCarried where it has more than fields that are data. */
export function ownKeys(record: object): string[] {
  const keys = Object.keys(record)
  checkOnly(record, keys)
  return keys
}

/** @throws NotCarried where a record has more than these keys. */
export function checkOnly(record: object, keys: readonly string[]): void {
  if (!hasOnly(record, keys.length)) throw fault(record)
}

function fault(record: object): Error {
  const received = fieldFault(record, 'record')?.received
  return lost(record, received === undefined ? undefined : `an object with ${received}`)
}

/** The values of its fields. @throws NotCarried for one that is read by code of the user's. */
export function valuesOf(record: object, keys: readonly string[]): unknown[] {
  return keys.map((key) => valueOf(record, key))
}

function valueOf(record: object, key: string): unknown {
  const value = readField(record as Fields, key)
  if (typeof value !== 'symbol') return value
  throw lost(record, fieldFault(record, 'record')?.received ?? 'a symbol')
}

/** A record, what it was kept as, and its number. */
export interface KeptRecord {
  readonly number: number
  readonly record: object
  readonly keys: readonly string[]
  readonly before: Shape
  /** Undefined where nothing of it has gone over. */
  readonly kept: readonly unknown[] | undefined
}

/** Writes what has changed in a record of few fields. @returns as what it is kept from now on. */
export function writeRecord(
  { number, record, keys, before, kept = [] }: KeptRecord,
  out: DifferenceWriter,
): readonly [Shape, unknown[]] {
  const values = valuesOf(record, keys)
  const after = before.of(keys)
  const old = before.isBeginOf(keys) ? kept : cleared(number, before, kept, out)
  if (old.length > 0) writeFields(number, after, old, values, out)
  else if (keys.length > 0) {
    const id = out.idOf(after)
    out.slice.steps.push(Step.Fill, number, id)
    for (const value of values) out.refer(value)
  }
  return [after, values]
}

function writeFields(
  number: number,
  shape: Shape,
  old: readonly unknown[],
  values: readonly unknown[],
  out: DifferenceWriter,
): void {
  const id = out.idOf(shape)
  for (const [at, value] of values.entries()) {
    const isNew = at >= old.length
    if (!isNew && Object.is(old[at], value)) continue
    out.slice.steps.push(Step.Field, number, id, at)
    out.refer(value)
    if (!isNew) out.release(old[at])
  }
}

/** Keys have gone, or are in another order. */
export function cleared(
  number: number,
  before: Shape,
  kept: readonly unknown[],
  out: DifferenceWriter,
): readonly unknown[] {
  const id = out.idOf(before)
  out.slice.steps.push(Step.Clear, number, id)
  for (const value of kept) out.release(value)
  return []
}

/** What is kept of a record of many fields. */
export class KeptFields {
  /** It orders its keys as the record does. */
  readonly values = Object.create(null) as Fields
  /** Its keys, in order; undefined where some have come or gone since they were listed. */
  keys: readonly string[] | undefined
  /** Those of the record, listed a moment ago: no handler has run since. */
  fresh: readonly string[] | undefined
  /** How many rounds more do without a list. */
  #unlisted = 0

  /** Takes the keys that were listed a moment ago, or lists them, or takes them for what they were. */
  keysOf(record: object): readonly string[] {
    const keys = this.fresh ?? this.#listed(record)
    this.fresh = undefined
    return keys
  }

  #listed(record: object): readonly string[] {
    if (this.keys !== undefined && this.#unlisted-- > 0) return this.keys
    return listed(record)
  }

  /** It has been gone through by these keys. */
  end(keys: readonly string[], hasAll: boolean): void {
    const isAsBefore = this.keys !== undefined && hasAll
    if (isAsBefore && this.keys !== keys) this.#unlisted = UNLISTED_ROUNDS
    this.keys = hasAll ? keys : undefined
  }
}

/**
 * All keys of a record of many fields, hidden ones too: to list them takes most of the time that it takes to compare
 * it, so it is done once. @throws NotCarried for a symbol
 */
function listed(record: object): readonly string[] {
  const keys = Reflect.ownKeys(record)
  // They come behind the names.
  if (typeof keys.at(-1) === 'symbol') throw fault(record)
  return keys as string[]
}

/** Whether a record of many fields is as it was kept. @throws NotCarried where it has what is no data. */
export function isSameDictionary(record: object, kept: KeptFields): boolean {
  const { keys, values } = kept
  const now = listed(record)
  kept.fresh = now
  if (keys?.length !== now.length) return false
  for (let at = 0; at < now.length; at++) {
    const key = now[at] as string
    if (key !== keys[at] || !Object.is(fieldOf(record, key), values[key])) return false
  }
  kept.fresh = undefined
  return true
}

/** The value of one of the keys that were listed. */
function fieldOf(record: object, key: string): unknown {
  if (!isEnumerable.call(record, key)) throw fault(record)
  return valueOf(record, key)
}

const { propertyIsEnumerable: isEnumerable } = Object.prototype as {
  propertyIsEnumerable: (this: object, key: string) => boolean
}

/**
 * Writes what has changed in a record of many fields. Keys go to the end, so one that has another place is taken out
 * first; only indexes find their own.
 */
export function* writeDictionary(
  number: number,
  record: object,
  kept: KeptFields,
  out: DifferenceWriter,
): Generator<void, void> {
  const dictionary = new Dictionary(number, kept, out)
  const keys = kept.keysOf(record)
  const before = kept.keys ?? Object.keys(kept.values)
  out.spent += keys.length / LISTED_PER_STEP
  let hasAll = true
  let at = 0
  for (const key of keys) {
    if (out.isDue) yield
    if (!Object.hasOwn(record, key)) {
      hasAll = false
      continue
    }
    for (; at < before.length && before[at] !== key; at++) {
      if (isIndex(key) && !Object.hasOwn(kept.values, key)) break
      dictionary.drop(before[at] as string)
    }
    if (before[at] === key) at++
    dictionary.put(key, fieldOf(record, key))
  }
  for (; at < before.length; at++) dictionary.drop(before[at] as string)
  kept.end(keys, hasAll)
}

class Dictionary {
  readonly #number: number
  readonly #kept: KeptFields
  readonly #out: DifferenceWriter

  constructor(number: number, kept: KeptFields, out: DifferenceWriter) {
    this.#number = number
    this.#kept = kept
    this.#out = out
  }

  put(key: string, value: unknown): void {
    this.#out.spent++
    const { values } = this.#kept
    const isNew = !Object.hasOwn(values, key)
    const old = values[key]
    if (!isNew && Object.is(old, value)) return
    if (isNew) this.#kept.keys = undefined
    this.#out.slice.steps.push(Step.Put, this.#number)
    this.#out.slice.values.push(key)
    this.#out.refer(value)
    this.#out.release(old)
    values[key] = value
  }

  drop(key: string): void {
    const { values } = this.#kept
    if (!Object.hasOwn(values, key)) return
    this.#kept.keys = undefined
    this.#out.spent += 2
    this.#out.slice.steps.push(Step.Drop, this.#number)
    this.#out.slice.values.push(key)
    this.#out.release(values[key])
    Reflect.deleteProperty(values, key)
  }
}

function isIndex(key: string): boolean {
  const number = Number(key)
  return String(number) === key && Number.isInteger(number) && number >= 0 && number <= MAX_INDEX
}
