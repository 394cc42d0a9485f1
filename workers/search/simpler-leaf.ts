import { types } from 'node:util'

/** Candidates to replace a value without parts, the simplest first. Not all are simpler. */
export function* simplerLeaves(value: unknown): Generator {
  if (typeof value === 'number') yield* simplerNumbers(value)
  else if (typeof value === 'bigint') yield* simplerBigInts(value)
  else if (typeof value === 'string') yield* simplerTexts(value)
  else if (typeof value === 'boolean') yield false
  else if (types.isDate(value)) yield* simplerDates(value)
  else if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    yield* simplerViews(value as Uint8Array)
  }
}

/** Readable fractions, rather than the smallest ones. */
const fractions = [0.5, 0.1, 0.01, 0.001, 0.0001]

function* simplerNumbers(value: number): Generator<number> {
  yield* [0, 1, -1]
  if (Number.isNaN(value)) return
  if (!Number.isFinite(value)) {
    const largest = [Number.MAX_SAFE_INTEGER, Number.MAX_VALUE]
    yield* largest.map((each) => each * Math.sign(value))
    return
  }
  const whole = Math.trunc(value)
  yield Math.abs(whole)
  if (whole === value) yield* fractions
  else yield* simplerFractions(value)
  // Approaches the bound beyond which the fault vanishes, by halving the distance.
  for (let step = Math.trunc(whole / 2); step !== 0; step = Math.trunc(step / 2)) {
    yield whole - step
  }
  if (Math.abs(whole) > 1) yield whole - Math.sign(whole)
}

function* simplerFractions(value: number): Generator<number> {
  const sign = Math.sign(value)
  yield Math.trunc(value)
  yield* fractions
  for (const each of fractions) yield each * sign
  yield value - Math.trunc(value)
  for (let digits = 1; digits < 17; digits++) yield Number(value.toPrecision(digits))
  yield Math.abs(value)
}

function* simplerBigInts(value: bigint): Generator<bigint> {
  yield* [0n, 1n, -1n, value < 0n ? -value : value]
  for (let step = value / 2n; step !== 0n; step /= 2n) yield value - step
  yield value < 0n ? value + 1n : value - 1n
}

function* simplerTexts(value: string): Generator<string> {
  // By characters: half a character is not simpler.
  const characters = Array.from(value)
  for (const rest of withoutParts(characters)) yield rest.join('')
  for (const [at, character] of characters.entries()) {
    if (character !== 'a') yield characters.with(at, 'a'.repeat(character.length)).join('')
  }
}

function* simplerDates(value: Date): Generator<Date> {
  for (const time of simplerNumbers(value.getTime())) yield new Date(time)
}

function* simplerViews(view: Uint8Array): Generator<Uint8Array> {
  for (let length = 0; length < view.length; length = Math.max(1, length * 2)) {
    yield view.slice(0, length)
  }
  yield view.slice(0, view.length - 1)
  const zeros = view.slice()
  // Views of bigints take no number.
  new Uint8Array(zeros.buffer).fill(0)
  yield zeros
}

/** A list without all, without halves, without quarters, and so on down to single elements. */
export function* withoutParts<Item>(list: readonly Item[]): Generator<Item[]> {
  for (let size = list.length; size > 0; size = Math.floor(size / 2)) {
    for (let from = 0; from < list.length; from += size) yield list.toSpliced(from, size)
  }
}
