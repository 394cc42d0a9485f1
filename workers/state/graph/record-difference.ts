import { fieldFault, hasOnly, readField } from '../../../src/protocol/bytes/field-fault.ts'
import { lost } from './difference-writer.ts'
import type { DifferenceWriter } from './difference-writer.ts'
import type { Shape } from './shape.ts'
import { Step } from './slice.ts'

/** Objects with more fields are compared key by key, in parts. */
export const MANY_FIELDS = 32

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

/** Why a record does not go over, which has more than fields that are data. */
export function fault(record: object): Error {
  const received = fieldFault(record, 'record')?.received
  return lost(record, received === undefined ? undefined : `an object with ${received}`)
}

/** The values of its fields. @throws NotCarried for one that is read by code of the user's. */
export function valuesOf(record: object, keys: readonly string[]): unknown[] {
  return keys.map((key) => valueOf(record, key))
}

/** The value of one field. @throws NotCarried for one that is read by code of the user's. */
export function valueOf(record: object, key: string): unknown {
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
