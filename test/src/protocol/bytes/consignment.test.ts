import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buffersIn } from '../../../../src/protocol/bytes/attachments.ts'
import { packOriginals, unpack } from '../../../../src/protocol/bytes/payload.ts'
import { collect, consign } from '../../../../src/protocol/bytes/consignment.ts'
import { buffered, factsOf } from './buffers.ts'

describe('a consignment', () => {
  test('carries what is beside a cargo, and leaves nothing behind', () => {
    fc.assert(
      fc.property(buffered, (buffers) => {
        const expected = factsOf(structuredClone(buffers))
        const { bytes, beside = new Map<number, ArrayBufferLike>() } = packOriginals([buffers])
        const originals = buffersIn(beside)
        const size = originals.reduce((sum, { byteLength }) => sum + byteLength, 0)
        const consignment = consign(beside)
        expect(originals.every(({ byteLength }) => byteLength === 0)).toBe(true)
        expect([consignment.bytes, consignment.movedBytes]).toEqual([size, size])
        expect(factsOf(unpack({ bytes, beside: collect(consignment) }) as unknown[])).toEqual(
          expected,
        )
      }),
      { numRuns: 100 },
    )
  })

  test('copies a buffer that V8 does not move', () => {
    const { WebAssembly } = globalThis as unknown as {
      readonly WebAssembly: {
        readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer }
      }
    }
    const { buffer } = new WebAssembly.Memory({ initial: 2 })
    new Uint8Array(buffer).fill(7)
    const consignment = consign(new Map([[0, buffer]]))
    expect(consignment.bytes).toBe(buffer.byteLength)
    expect(consignment.movedBytes).toBe(0)
    expect(buffer.byteLength).toBeGreaterThan(0)
    expect(collect(consignment).get(0)).toEqual(buffer)
  })

  test('takes nothing where a buffer has gone already', () => {
    const [here, gone] = [new ArrayBuffer(8), new ArrayBuffer(8)]
    structuredClone(gone, { transfer: [gone] })
    expect(() =>
      consign(
        new Map([
          [0, here],
          [1, gone],
        ]),
      ),
    ).toThrow(RangeError)
    expect(here.byteLength).toBe(8)
  })
})
