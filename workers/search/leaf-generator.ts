import fc from 'fast-check'
import type { Arbitrary, Random } from 'fast-check'
import type {
  AnyShape,
  BinaryName,
  BinaryShape,
  NumberShape,
  PlainShape,
  StringShape,
} from '../../src/protocol/jobs/state-shape.ts'
import { fits } from './shape-fit.ts'

/** Shapes without parts and with more than one value. */
export type LeafShape = AnyShape | PlainShape | NumberShape | StringShape | BinaryShape

/** Numbers on which code breaks. */
export const oddNumbers: readonly number[] = [
  ...[0, -0, 1, -1, 0.1, -0.5, 1.005, NaN, Infinity, -Infinity],
  ...[2 ** 31, -(2 ** 31), 2 ** 32, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
  ...[Number.MAX_VALUE, Number.MIN_VALUE, 1e21],
]
/** Strings on which code breaks. */
export const oddStrings: readonly string[] = [
  ...['', ' ', '0', '-1', 'null', '__proto__', 'constructor', 'a,b', 'a b', '\n', '%00', '\u0000'],
  ...['é', 'e\u0301', 'ß', 'İ', '👩‍👩‍👧', '\u202e', '../..', '<b>', 'x'.repeat(300)],
]
/** Bigints on which code breaks. */
export const oddBigInts: readonly bigint[] = [0n, 1n, -1n, 2n ** 53n, -(2n ** 63n), 2n ** 64n]
/** Times, in ms, on which code breaks. */
export const oddTimes: readonly number[] = [0, -1, NaN, 8.64e15, -8.64e15, 951_782_400_000]

/** How many values are tried before one that may not fit is accepted. */
const ATTEMPTS = 20

const arbitraries = new WeakMap<LeafShape, Arbitrary<unknown>>()

/** Generates a value without parts; JSON for an unknown shape. */
export function generateLeaf(shape: LeafShape, random: Random): unknown {
  const arbitrary = arbitraries.get(shape) ?? arbitraryOf(shape)
  arbitraries.set(shape, arbitrary)
  let value: unknown
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    value = arbitrary.generate(random, attempt === 0 ? undefined : 2).value
    if (fits(value, shape, {})) return value
  }
  return value
}

function arbitraryOf(shape: LeafShape): Arbitrary<unknown> {
  switch (shape.kind) {
    case 'any':
      return fc.jsonValue({ maxDepth: 2 })
    case 'boolean':
      return fc.boolean()
    case 'number':
      return numberArbitrary(shape)
    case 'string':
      return stringArbitrary(shape)
    case 'bigint':
      return fc.oneof(
        fc.constantFrom(...oddBigInts),
        fc.bigInt({ min: -100n, max: 100n }),
        fc.bigInt(),
      )
    case 'date':
      return fc.oneof(
        { weight: 6, arbitrary: fc.date({ noInvalidDate: true }) },
        { weight: 1, arbitrary: fc.constantFrom(...oddTimes).map((time) => new Date(time)) },
      )
    case 'regexp':
      return fc.constantFrom(/(?:)/, /a+/giu, /[/\]]/y, /^(?<name>.)$/s)
    case 'binary':
      return binaryArbitrary(shape.of)
  }
}

function numberArbitrary({ isInteger = false, min, max }: NumberShape): Arbitrary<number> {
  if (min !== undefined || max !== undefined) return boundedNumber(isInteger, min, max)
  return fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: -10, max: 100 }) },
    { weight: 2, arbitrary: fc.integer() },
    { weight: 1, arbitrary: fc.maxSafeInteger() },
    {
      weight: isInteger ? 0 : 2,
      arbitrary: fc.integer({ min: -1e6, max: 1e6 }).map((n) => n / 1000),
    },
    { weight: isInteger ? 0 : 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
    { weight: 2, arbitrary: fc.constantFrom(...oddNumbers) },
  )
}

function boundedNumber(isInteger: boolean, min?: number, max?: number): Arbitrary<number> {
  const low = min ?? Math.max(Number.MIN_SAFE_INTEGER, (max ?? 0) - 1000)
  const high = max ?? Math.min(Number.MAX_SAFE_INTEGER, (min ?? 0) + 1000)
  const first = Math.ceil(low)
  const last = Math.floor(high)
  const fraction = fc.double({ min: Math.min(low, high), max: high, noNaN: true })
  if (first > last || !Number.isSafeInteger(first) || !Number.isSafeInteger(last)) return fraction
  const whole = fc.oneof(fc.constantFrom(first, last), fc.integer({ min: first, max: last }))
  return isInteger ? whole : fc.oneof(whole, fraction)
}

function stringArbitrary(shape: StringShape): Arbitrary<string> {
  const { minLength = 0, maxLength, pattern, format } = shape
  const formatted = format === undefined ? undefined : formats[format]
  if (formatted !== undefined) return formatted
  if (pattern !== undefined) return fc.oneof(fc.constantFrom(...oddStrings), matching(pattern))
  const longest = maxLength ?? minLength + 12
  const text = fc.string({ unit: 'grapheme', minLength, maxLength: Math.max(minLength, longest) })
  const word = fc.string({
    unit: 'grapheme-ascii',
    minLength,
    maxLength: Math.max(minLength, longest),
  })
  return fc.oneof(word, text, fc.constantFrom(...oddStrings))
}

/** Strings for a pattern. Some patterns cannot be generated from: then the schema has to refuse misfits. */
function matching(pattern: string): Arbitrary<string> {
  try {
    return fc.stringMatching(new RegExp(pattern, 'u'), { size: 'small' })
  } catch {
    return fc.string()
  }
}

const isoTime = fc
  .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString())

/** JSON Schema's formats with generators; other formats get any string. */
const formats: Readonly<Record<string, Arbitrary<string>>> = {
  'date-time': isoTime,
  date: isoTime.map((text) => text.slice(0, 10)),
  time: isoTime.map((text) => text.slice(11)),
  email: fc.emailAddress(),
  uuid: fc.uuid(),
  uri: fc.webUrl(),
  url: fc.webUrl(),
  hostname: fc.domain(),
  ipv4: fc.ipV4(),
  ipv6: fc.ipV6(),
}

function binaryArbitrary(name: BinaryName): Arbitrary<unknown> {
  const bytes = fc.uint8Array({ maxLength: 4 })
  if (name === 'ArrayBuffer') return bytes.map((view) => view.slice().buffer)
  if (name === 'DataView') return bytes.map((view) => new DataView(view.slice().buffer))
  const view = globalThis[name]
  // Whole elements need a multiple of their bytes.
  return bytes.map(
    (each) =>
      new view(
        new Uint8Array(
          [...each].flatMap((byte) => Array<number>(view.BYTES_PER_ELEMENT).fill(byte)),
        ).buffer,
      ),
  )
}
