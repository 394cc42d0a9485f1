import { fieldFault, hasOnly, readField } from '../../../src/protocol/bytes/field-fault.ts'
import { lost } from './difference-writer.ts'
import type { DifferenceWriter } from './difference-writer.ts'
import type { Shape } from './shape.ts'
import { Step } from './slice.ts'

/** Objects with more fields are compared key by key, in parts. */
export const MANY_FIELDS = 32
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
  return at === keys.length
}

/** Its own keys, in order. @throws NotCarried where it has more than fields that are data. */
export function ownKeys(record: object): string[] {
  const keys = Object.keys(record)
  if (!hasOnly(record, keys.length)) throw fault(record)
  return keys
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

/** Whether a record of many fields has those of its shadow, in their order. */
export function isSameDictionary(record: object, shadow: Fields): boolean {
  const keys = Object.keys(record)
  const before = Object.keys(shadow)
  if (keys.length !== before.length) return false
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at] as string
    if (key !== before[at] || !Object.is((record as Fields)[key], shadow[key])) return false
  }
  return true
}

/** The shadow of a record of many fields: it orders its keys as the record does. */
export function emptyDictionary(): Fields {
  return Object.create(null) as Fields
}

/**
 * Writes what has changed in a record of many fields. Keys go to the end, so one that has another place is taken out
 * first; only indexes find their own.
 */
export function* writeDictionary(
  number: number,
  record: object,
  shadow: Fields,
  out: DifferenceWriter,
): Generator<void, void> {
  const dictionary = new Dictionary(number, shadow, out)
  const before = Object.keys(shadow)
  let at = 0
  for (const key of ownKeys(record)) {
    if (!Object.hasOwn(record, key)) continue
    for (; at < before.length && before[at] !== key; at++) {
      if (isIndex(key) && !Object.hasOwn(shadow, key)) break
      dictionary.drop(before[at] as string)
    }
    if (before[at] === key) at++
    dictionary.put(key, valueOf(record, key))
    if (out.isDue) yield
  }
  for (; at < before.length; at++) dictionary.drop(before[at] as string)
}

class Dictionary {
  readonly #number: number
  readonly #shadow: Fields
  readonly #out: DifferenceWriter

  constructor(number: number, shadow: Fields, out: DifferenceWriter) {
    this.#number = number
    this.#shadow = shadow
    this.#out = out
  }

  put(key: string, value: unknown): void {
    this.#out.spent++
    const isNew = !Object.hasOwn(this.#shadow, key)
    const old = this.#shadow[key]
    if (!isNew && Object.is(old, value)) return
    this.#out.slice.steps.push(Step.Put, this.#number)
    this.#out.slice.values.push(key)
    this.#out.refer(value)
    this.#out.release(old)
    this.#shadow[key] = value
  }

  drop(key: string): void {
    if (!Object.hasOwn(this.#shadow, key)) return
    this.#out.spent += 2
    this.#out.slice.steps.push(Step.Drop, this.#number)
    this.#out.slice.values.push(key)
    this.#out.release(this.#shadow[key])
    Reflect.deleteProperty(this.#shadow, key)
  }
}

function isIndex(key: string): boolean {
  const number = Number(key)
  return String(number) === key && Number.isInteger(number) && number >= 0 && number <= MAX_INDEX
}
