import fc from 'fast-check'
import { ATTACHMENT_BYTES } from '../../../../src/protocol/bytes/payload-writer.ts'

type ViewConstructor = new (
  buffer: ArrayBufferLike,
  byteOffset?: number,
  length?: number,
) => NodeJS.ArrayBufferView

/** What the languages of Node 20 can do and their types do not know. */
type Sizeable = new (bytes: number, options?: { maxByteLength: number }) => ArrayBufferLike

const kinds: readonly ViewConstructor[] = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
]

const sizes = fc.constantFrom(
  0,
  8,
  64,
  ATTACHMENT_BYTES - 8,
  ATTACHMENT_BYTES,
  ATTACHMENT_BYTES + 64,
)

const buffer = fc
  .record({
    size: sizes,
    shared: fc.boolean(),
    preallocated: fc.constantFrom(undefined, 0, 16),
    seed: fc.nat(250),
  })
  .map(({ size, shared, preallocated, seed }) => {
    const Buffer = (shared ? SharedArrayBuffer : ArrayBuffer) as Sizeable
    const made =
      preallocated === undefined
        ? new Buffer(size)
        : new Buffer(size, { maxByteLength: size + preallocated })
    const bytes = new Uint8Array(made)
    for (let at = 0; at < size; at += 97) bytes[at] = seed + at
    return made
  })

const view = (buffers: readonly ArrayBufferLike[]): fc.Arbitrary<NodeJS.ArrayBufferView> =>
  fc
    .record({
      on: fc.constantFrom(...buffers),
      View: fc.constantFrom(...kinds),
      offset: fc.nat(7),
      length: fc.nat(7),
      isWhole: fc.boolean(),
    })
    .map(({ on, View, offset, length, isWhole }) => {
      // Without a length a view of a buffer that can grow follows it.
      if (isWhole || on.byteLength < 64) return new View(on)
      return new View(on, offset * 8, Math.min(length, (on.byteLength - offset * 8) / 8))
    })

/** Buffers of all kinds and sizes with views on them, in any order; some of them are shared between views, or stand alone. */
export const buffered: fc.Arbitrary<unknown[]> = fc
  .array(buffer, { minLength: 1, maxLength: 4 })
  .chain((buffers) =>
    fc.array(fc.oneof({ weight: 3, arbitrary: view(buffers) }, fc.constantFrom(...buffers)), {
      maxLength: 8,
    }),
  )

export interface BufferFacts {
  readonly type: string
  readonly offset: number
  readonly length: number
  /** Which of the buffers, by first appearance. */
  readonly buffer: number
  readonly maxByteLength: number | undefined
  readonly bytes: string
}

/** All that can be told of buffers and views without changing them. */
export function factsOf(values: readonly unknown[]): BufferFacts[] {
  const buffers: ArrayBufferLike[] = []
  return values.map((value) => {
    const on = bufferOf(value)
    if (!buffers.includes(on)) buffers.push(on)
    const { byteOffset = 0, byteLength } = value as { byteOffset?: number; byteLength: number }
    return {
      type: Object.prototype.toString.call(value),
      offset: byteOffset,
      length: byteLength,
      buffer: buffers.indexOf(on),
      maxByteLength: (on as { maxByteLength?: number }).maxByteLength,
      bytes: Buffer.from(on).toString('latin1'),
    }
  })
}

export function bufferOf(value: unknown): ArrayBufferLike {
  return ArrayBuffer.isView(value) ? value.buffer : (value as ArrayBufferLike)
}

/** Lets every buffer that can grow do so: views that follow it become longer. */
export function grow(values: readonly unknown[]): void {
  for (const value of values) {
    const on = bufferOf(value) as ArrayBufferLike & {
      readonly maxByteLength: number
      readonly growable?: boolean
      readonly resizable?: boolean
      grow(bytes: number): void
      resize(bytes: number): void
    }
    if (on.growable === true) on.grow(on.maxByteLength)
    if (on.resizable === true) on.resize(on.maxByteLength)
  }
}
