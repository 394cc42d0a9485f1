import { types } from 'node:util'
import { isBinary, isPlainObject } from './shape-fit.ts'

/**
 * Below 0 when `a` is simpler than `b`: fewer parts, then a simpler kind, then a simpler value.
 * Every step of shrinking goes down in this order, so shrinking ends.
 */
export function compareSimplicity(a: unknown, b: unknown): number {
  return partsOf(a) - partsOf(b) || rank(a) - rank(b) || compareLeaves(a, b)
}

/** The number of values in a value. */
function partsOf(value: unknown): number {
  const seen = new Set<unknown>()
  const waiting: unknown[] = [value]
  let parts = 0
  while (waiting.length > 0) {
    const next = waiting.pop()
    parts++
    if (typeof next !== 'object' || next === null || seen.has(next)) continue
    seen.add(next)
    for (const child of childrenOf(next)) waiting.push(child)
  }
  return parts
}

function childrenOf(value: object): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (types.isMap(value)) return [...value].flat()
  if (types.isSet(value)) return [...value]
  return isPlainObject(value) ? Object.values(value) : []
}

const kinds = ['undefined', 'null', 'boolean', 'number', 'bigint', 'string', 'date', 'binary']

function rank(value: unknown): number {
  const at = kinds.indexOf(kindOf(value))
  return at < 0 ? kinds.length : at
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (types.isDate(value)) return 'date'
  return isBinary(value) ? 'binary' : typeof value
}

function compareLeaves(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return byKeys(a, b, numberKeys)
  if (typeof a === 'string' && typeof b === 'string') return byKeys(a, b, stringKeys)
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (typeof a === 'bigint' && typeof b === 'bigint') return compareBigInts(a, b)
  if (types.isDate(a) && types.isDate(b)) return byKeys(a.getTime(), b.getTime(), numberKeys)
  if (isBinary(a) && isBinary(b)) return byKeys(a, b, binaryKeys)
  return 0
}

function byKeys<Value>(a: Value, b: Value, keysOf: (value: Value) => readonly number[]): number {
  const others = keysOf(b)
  for (const [index, key] of keysOf(a).entries()) {
    const other = others[index] ?? 0
    if (key !== other) return key < other ? -1 : 1
  }
  return 0
}

/** Keys for an order: few digits first, then whole before fraction, small before large, positive before negative. */
function numberKeys(value: number): number[] {
  if (Number.isNaN(value)) return [4]
  if (!Number.isFinite(value)) return [3, value < 0 ? 1 : 0]
  if (Object.is(value, -0)) return [2]
  const size = Math.abs(value)
  const sign = value < 0 ? 1 : 0
  if (!Number.isInteger(value)) return [1, String(size).length, 1, size, sign]
  // Not its text: 1e+300 is no short number.
  return [1, size < 10 ? 1 : Math.floor(Math.log10(size)) + 1, 0, size, sign]
}

function stringKeys(value: string): number[] {
  return [value.length, value.replaceAll('a', '').length]
}

function binaryKeys(value: ArrayBuffer | ArrayBufferView): number[] {
  const bytes = ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value)
  return [bytes.length, bytes.reduce((sum, byte) => sum + byte, 0)]
}

function compareBigInts(a: bigint, b: bigint): number {
  const small = a < 0n ? -a : a
  const large = b < 0n ? -b : b
  if (small !== large) return small < large ? -1 : 1
  return Number(a < 0n) - Number(b < 0n)
}
