import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ATTACHMENT_BYTES, write } from '../../../../src/protocol/bytes/payload-writer.ts'
import {
  movesWith,
  pack,
  packAll,
  packDetached,
  provePackable,
  sizeOf,
  unpack,
  unpackAll,
} from '../../../../src/protocol/bytes/payload.ts'
import type { Payload } from '../../../../src/protocol/bytes/payload.ts'
import { bufferOf, buffered, factsOf, grow } from './buffers.ts'
import { expectSame, graph, tree } from './cloneable.ts'

/** Posted as main and isolates post it. */
function posted(payload: Payload): Payload {
  return structuredClone(payload, { transfer: movesWith(payload) })
}

const trip = (value: unknown): unknown => unpack(posted(pack(value)))

/** The type declarations of Node lack it. */
const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: {
    readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer }
  }
}

describe('a payload', () => {
  test('carries what structured clone carries', () => {
    fc.assert(
      fc.property(tree, (value) => {
        expectSame(trip(value), structuredClone(value))
      }),
      { numRuns: 400 },
    )
  })

  test('keeps cycles and what is shared', () => {
    fc.assert(
      fc.property(graph, (value) => {
        const copy = trip(value) as Record<string, unknown>
        expectSame(copy, structuredClone(value))
        const list = copy['list'] as [unknown, unknown, Map<unknown, unknown>, Set<unknown>]
        expect(copy['self']).toBe(copy)
        expect(copy['again']).toBe(copy['one'])
        expect(list[0]).toBe(copy)
        expect(list[2].get(copy)).toBe(copy['one'])
        expect(list[3].has(copy)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  test('carries buffers of all sizes and kinds, and all views on them', () => {
    fc.assert(
      fc.property(buffered, graph, (buffers, noise) => {
        const value = [buffers, noise, buffers]
        const [before, copy] = [factsOf(buffers), trip(value) as typeof value]
        const [crossed, other, again] = copy as [unknown[], unknown, unknown[]]
        expect(factsOf(crossed)).toEqual(before)
        expect(again).toBe(crossed)
        expectSame(other, structuredClone(noise))
        const expected = structuredClone(buffers)
        expect(factsOf(expected)).toEqual(before)
        expect(factsOf(buffers)).toEqual(before)
        grow(crossed)
        grow(expected)
        expect(factsOf(crossed)).toEqual(factsOf(expected))
      }),
      { numRuns: 300 },
    )
  })

  test('shares the memory that was shared, and nothing else', () => {
    fc.assert(
      fc.property(buffered, (buffers) => {
        const crossed = trip(buffers) as unknown[]
        for (const [index, value] of crossed.entries()) {
          const [own, original] = [bufferOf(value), bufferOf(buffers[index])]
          if (own.byteLength === 0) continue
          const bytes = new Uint8Array(own)
          bytes[0]!++
          const isShared = original instanceof SharedArrayBuffer
          expect(new Uint8Array(original)[0] === bytes[0]).toBe(isShared)
          bytes[0]!--
        }
      }),
      { numRuns: 100 },
    )
  })

  test('for a dryRun shares nothing at all', () => {
    fc.assert(
      fc.property(buffered, (buffers) => {
        const before = factsOf(buffers)
        const crossed = unpack(posted(packDetached([buffers]))) as unknown[]
        expect(factsOf(crossed)).toEqual(before)
        for (const value of crossed) new Uint8Array(bufferOf(value)).fill(99)
        expect(factsOf(buffers)).toEqual(before)
      }),
      { numRuns: 100 },
    )
  })
})

describe('large buffers', () => {
  const large = new Float64Array(ATTACHMENT_BYTES)

  test('go beside the bytes, once each, however many views there are', () => {
    const payload = pack({
      large,
      half: large.subarray(5),
      bare: large.buffer,
      small: new Uint8Array(9),
    })
    expect(payload.bytes.byteLength).toBeLessThan(200)
    expect(payload.attachments?.size).toBe(1)
    expect(sizeOf(payload)).toBe(payload.bytes.byteLength + large.byteLength)
    expect(movesWith(payload)).toHaveLength(2)
  })

  test('are copied into preallocated that lies ready', () => {
    const [preallocated, other] = [new ArrayBuffer(large.byteLength), new ArrayBuffer(8)]
    const asked: number[] = []
    const take = (byteLength: number): ArrayBuffer | undefined => {
      asked.push(byteLength)
      return byteLength === preallocated.byteLength ? preallocated : undefined
    }
    const state = { large: large.map((_, index) => index), other }
    const payload = pack(state, { take })
    expect(asked).toEqual([large.byteLength])
    expect(payload.attachments?.get(0)).toBe(preallocated)
    expect(unpack(payload)).toEqual(state)
  })

  test('are not copied when only a proof is wanted', () => {
    provePackable([{ large }])
    expect(() => provePackable([{ large, bad: () => 1 }])).toThrow()
  })

  test('are found behind many small ones, though not beyond a bound', () => {
    const small = Array.from({ length: 900 }, () => new Uint8Array(1))
    expect(write([small, large]).buffers).toHaveLength(1)
    const many = Array.from({ length: 5_000 }, (_none, index) => new Uint8Array([index]))
    const copy = trip([many, large, many]) as [Uint8Array[], Float64Array, unknown]
    expect(copy[0]).toEqual(many)
    expect(copy[1]).toEqual(large)
    expect(copy[2]).toBe(copy[0])
  })

  test('of memory that WebAssembly owns are copied, not taken', () => {
    const view = new Uint8Array(new WebAssembly.Memory({ initial: 2 }).buffer)
    view.fill(7)
    const copy = trip({ view }) as { view: Uint8Array }
    expect(copy.view).toEqual(view)
    expect(view.byteLength).toBe(2 * ATTACHMENT_BYTES)
  })
})

test('views of a subclass that lies about itself are carried by what they are', () => {
  class Liar extends Uint8Array<ArrayBuffer> {
    override get length(): number {
      return 1
    }
    override get [Symbol.toStringTag](): 'Uint8Array' {
      return 'Float64Array' as 'Uint8Array'
    }
  }
  const copy = trip({ liar: new Liar(new Uint8Array([1, 2, 3]).buffer) }) as { liar: Uint8Array }
  expect(copy.liar).toEqual(new Uint8Array([1, 2, 3]))
})

test('what looks like the number of shared memory in the bytes is not taken for it', () => {
  const memory = new SharedArrayBuffer(8)
  for (let round = 0; round < 50; round++) {
    const { bytes } = write([memory])
    // All that a number can look like, as text: the bytes of the payload before.
    const text = Buffer.from(bytes).toString('latin1')
    const [copy, noise] = trip([memory, text]) as [SharedArrayBuffer, string]
    expect(noise).toBe(text)
    new Uint8Array(memory)[0] = round
    expect(new Uint8Array(copy)[0]).toBe(round)
  }
})

test('several values share what they shared', () => {
  const large = new Float64Array(ATTACHMENT_BYTES)
  const shared = { deep: 1 }
  const payload = posted(packAll([{ large, shared }, [large.subarray(1), shared]]))
  const [one, other] = unpackAll(payload, 2) as [
    { large: Float64Array; shared: object },
    [Float64Array, object],
  ]
  expect(one.large.buffer).toBe(other[0].buffer)
  expect(one.shared).toBe(other[1])
})

test.each([
  ['a function', () => 1],
  ['a symbol', Symbol('s')],
  ['a promise', Promise.resolve()],
  ['a weak map', new WeakMap()],
  ['a proxy', new Proxy({}, {})],
  ['a port', new MessageChannel().port1],
])('%s is refused', (_what, value) => {
  expect(() => pack({ deep: [value] })).toThrow()
})

test('a view whose buffer has moved away is refused', () => {
  const view = new Uint8Array(ATTACHMENT_BYTES)
  structuredClone(view, { transfer: [view.buffer] })
  expect(() => pack({ view })).toThrow()
})
