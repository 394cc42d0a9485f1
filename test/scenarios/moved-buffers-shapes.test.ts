import fc from 'fast-check'
import type { Runtime } from 'moult'
import { describe, expect, test } from 'vitest'
import type { Cells } from '../fixtures/moved/charts.ts'
import type charts1 from '../fixtures/moved/charts-v1.ts'
import type { Fault } from '../fixtures/moved/held.ts'
import { bufferOf, buffered, factsOf, grow } from '../src/protocol/bytes/buffers.ts'
import { expectSame, graph } from '../src/protocol/bytes/cloneable.ts'
import { fixture, testRuntime } from '../support/runtime.ts'
import { MOVED_BYTES, heldFiles, start } from './held.ts'
import type { Held } from './held.ts'

const [v1, v2] = heldFiles
const move = { buffers: 'move' } as const
const GRID_BYTES = 1024 * 1024
let codes = 0

/** Values that are moved there and back again are what structured clone makes of them. */
async function expectCrossing(runtime: Runtime, all: readonly unknown[][]): Promise<void> {
  const code = await runtime.load<Held>(v1, { isolates: 2, name: `code ${++codes}` })
  const held = await Promise.all(all.map((values) => code.spawn({ args: values })))
  // One that goes with them and fails, when they have been moved.
  const failing = await code.spawn({ args: [0] })
  const fault = { ...move, mode: 'atomic', rehearse: false } as const
  const extra: Fault = { kind: 'throw', run: 1, length: 1 }
  const expectAll = async (): Promise<void> => {
    const states = await Promise.all(held.map((each) => each.state()))
    for (const [index, { values }] of states.entries()) {
      const expected = structuredClone(all[index]!)
      const [buffers, noise] = values as [unknown[], unknown]
      const [expectedBuffers, expectedNoise] = expected as [unknown[], unknown]
      expect(factsOf(buffers)).toEqual(factsOf(expectedBuffers))
      expectSame(noise, expectedNoise)
      for (const [at, value] of buffers.entries()) {
        const isShared = bufferOf(expectedBuffers[at]) instanceof SharedArrayBuffer
        expect(bufferOf(value) instanceof SharedArrayBuffer).toBe(isShared)
      }
      expect(values[2]).toBe(buffers)
    }
  }
  await expect(code.upgrade(v2, { ...fault, extra })).rejects.toMatchObject({
    code: 'CODE_CHANGE_FAILED',
    process: failing.id,
  })
  await expectAll()
  await code.upgrade(v2, move)
  await expectAll()
  await code.downgrade(v1, move)
  await expectAll()
  await Promise.all([...held, failing].map((each) => each.stop()))
}

test('buffers of all kinds and sizes, with all views on them, cross and come back as structured clone has them', async () => {
  const runtime = await testRuntime()
  const values = fc.tuple(buffered, graph).map(([buffers, noise]) => [buffers, noise, buffers])
  await fc.assert(
    fc.asyncProperty(fc.array(values, { minLength: 1, maxLength: 6 }), (all) =>
      expectCrossing(runtime, all),
    ),
    { numRuns: 12 },
  )
})

test('what can grow still grows when it has come back', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<Held>(v1)
  const Resizable = ArrayBuffer as unknown as new (
    bytes: number,
    options: { maxByteLength: number },
  ) => ArrayBuffer
  const growing = new Resizable(128 * 1024, { maxByteLength: 256 * 1024 })
  const values = [new Float64Array(20_000), new Uint8Array(growing), growing]
  const held = await code.spawn({ args: values })
  const extra: Fault = { kind: 'throw', run: 2 }
  await expect(code.upgrade(v2, { ...move, extra })).rejects.toMatchObject({
    code: 'CODE_CHANGE_FAILED',
  })
  const [, follows, buffer] = (await held.state()).values as [0, Uint8Array, ArrayBuffer]
  expect(follows.buffer).toBe(buffer)
  grow([buffer])
  expect(follows.length).toBe(256 * 1024)
})

test('a buffer that V8 does not move is copied, beside others that move', async () => {
  const { code, held } = await start()
  await held.call('pin')
  const extra: Fault = { kind: 'throw', run: 2 }
  const pinned = async (): Promise<unknown> => (await held.state()).values.at(-1)
  const expected = new Uint8Array(4 * 64 * 1024 - 8).fill(4)
  await expect(code.upgrade(v2, { ...move, extra })).rejects.toMatchObject({
    code: 'CODE_CHANGE_FAILED',
  })
  expectSame(await pinned(), expected)
  const { processes } = await code.upgrade(v2, move)
  expect(processes[0]?.movedBytes ?? 0).toBeLessThanOrEqual(MOVED_BYTES)
  expectSame(await pinned(), expected)
})

const ways = ['ahead', 'whole'] as const
const cases = ways.flatMap((way) =>
  (['none', 'own', 'shared'] as const).map((cells) => ({ way, cells })),
)

describe('beside a table', () => {
  test.each(cases)('that goes $way, with large buffers in its records: $cells', async (each) => {
    const { way, cells } = each
    const runtime = await testRuntime()
    const code = await runtime.load<typeof charts1>(fixture('moved/charts-v1.ts'))
    const atlas = await code.spawn({ name: 'atlas', args: cells satisfies Cells })
    await atlas.call('rename', { key: 3, name: 'three' })
    const looks = await atlas.call('look')
    expect(looks).toMatchObject({ grid: [GRID_BYTES / 8, 0, GRID_BYTES / 8 - 1], found: true })
    const file = fixture(`moved/charts-${way}.ts`)
    const failing = { ...move, extra: 'throw', rehearse: false }
    for (let times = 0; times < 2; times++) {
      await expect(code.upgrade(file, failing)).rejects.toMatchObject({
        code: 'CODE_CHANGE_FAILED',
        phase: 'transfer',
      })
      expect(await atlas.call('look')).toEqual(looks)
    }
    await atlas.call('rename', { key: 3, name: 'third' })
    const { processes } = await code.upgrade(file, move)
    const names = looks.names.with(3, 'third')
    expect(await atlas.call('look')).toEqual({ ...looks, names })
    // What a record that has gone ahead may need is not taken from it.
    const isCopied = way === 'ahead' && cells !== 'none'
    const moved = way === 'whole' && cells === 'own' ? 3.5 * GRID_BYTES : GRID_BYTES
    expect(processes[0]?.movedBytes).toBe(isCopied ? undefined : moved)
    expect(processes[0]?.copied === undefined).toBe(way === 'whole')
  })
})
