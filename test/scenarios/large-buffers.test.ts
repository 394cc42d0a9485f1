import type { Code, ProcessRef, RuntimeOptions } from 'moult'
import { describe, expect, test } from 'vitest'
import type { Fault } from '../fixtures/grids/v2.ts'
import type grids from '../fixtures/grids/v1.ts'
import type tiles1 from '../fixtures/grids/tiles-v1.ts'
import type tiles2 from '../fixtures/grids/tiles-v2.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

const [v1, v2, v3] = [1, 2, 3].map((version) => fixture(`grids/v${version}.ts`)) as [URL, URL, URL]
const GRID_BYTES = (256 + 128) * 1024

interface Started {
  readonly code: Code<typeof grids>
  readonly grid: ProcessRef<typeof grids>
  /** The memory that the process was lent. */
  readonly lent: Int32Array
}

async function start(options: RuntimeOptions = {}): Promise<Started> {
  const runtime = await testRuntime(options)
  const code = await runtime.load<typeof grids>(v1)
  const lent = new SharedArrayBuffer(64)
  const grid = await code.spawn({ name: 'grid', args: lent })
  return { code, grid, lent: new Int32Array(lent) }
}

/** What {@link Started.grid} shows after so many writes, with its resizable buffer at its first size. */
function shows(writes: number): object {
  const written = 100 + writes
  return {
    isOneBuffer: true,
    sees: [written, written, expect.any(Number), 32 * 1024 - 1],
    sizes: [32 * 1024, 800, 100, 64, '1,2,3'],
    growing: [128 * 1024, 5, 256 * 1024],
    lent: writes,
    isShared: true,
    writes,
  }
}

describe('large buffers', () => {
  test('cross with all views on them, up, down and through hops', async () => {
    const { code, grid, lent } = await start()
    await grid.call('write')
    const { processes } = await code.upgrade(v2)
    expect(processes[0]?.stateBytes).toBeGreaterThan(GRID_BYTES)
    expect(await grid.call('look')).toEqual(shows(1))
    await grid.call('write')
    await code.downgrade(v1)
    expect(await grid.call('look')).toEqual(shows(2))
    await code.load(v2)
    await grid.call('write')
    await code.upgrade(v3)
    expect(await grid.call('look')).toEqual(shows(3))
    await code.downgrade('1.0.0')
    expect(await grid.call('write')).toBe(4)
    expect(await grid.call('look')).toEqual(shows(4))
    expect(lent[0]).toBe(4)
  })

  test('go on growing where they could, and what followed their size still does', async () => {
    const { code, grid } = await start()
    expect(await grid.call('grow', 200 * 1024)).toBe(200 * 1024)
    await code.upgrade(v2)
    expect(await grid.call('grow', 256 * 1024)).toBe(256 * 1024)
    await code.downgrade(v1, {})
    expect(await grid.call('grow', 10)).toBe(10)
  })

  test('cross as they are where nothing is to be migrated', async () => {
    const { code, grid } = await start()
    await code.upgrade(v2)
    for (let writes = 1; writes <= 3; writes++) await grid.call('write')
    await code.upgrade(v3)
    expect(await grid.call('look')).toEqual(shows(3))
  })

  test('keep what is written while upgrades go on', async () => {
    const { code, grid, lent } = await start()
    let isOver = false
    let written = 0
    const writer = async (): Promise<void> => {
      while (!isOver) {
        await grid.call('write')
        written++
      }
    }
    const writers = Promise.all([writer(), writer(), writer()])
    for (const rehearse of [true, false]) {
      await code.upgrade(v2, { rehearse })
      await code.downgrade(v1)
    }
    isOver = true
    await writers
    expect(await grid.call('look')).toEqual(shows(written))
    expect(lent[0]).toBe(written)
  })
})

/** Main decides it as in the pause. */
const once = { tags: ['once'] }

const faults: readonly [Fault, string][] = [
  ['throw', 'CODE_CHANGE_FAILED'],
  ['function', 'UNCLONEABLE_STATE'],
  ['hang', 'CODE_CHANGE_TIMEOUT'],
  ['loop', 'CODE_CHANGE_TIMEOUT'],
  ['exit', 'ISOLATE_EXITED'],
]

describe('a migration that writes all over its buffers and then fails leaves the old ones as they were', () => {
  test.each(faults)('%s, in the pause', async (fault, code) => {
    const started = await start()
    await started.grid.call('write')
    const options = { extra: fault, rehearse: false, codeChangeTimeoutMs: 300 }
    await expect(started.code.upgrade(v2, options)).rejects.toMatchObject({ code })
    expect(started.grid.version).toBe('1.0.0')
    expect(await started.grid.call('look')).toEqual(shows(1))
    expect(await started.grid.call('write')).toBe(2)
    // Shared memory is shared: it was passed on.
    expect(started.lent[1]).toBe(1)
    await started.code.upgrade(v2)
    expect(await started.grid.call('look')).toEqual(shows(2))
  })

  test.each(faults)(
    '%s, in the dry run, which shares no memory either',
    once,
    async (fault, code) => {
      const started = await start()
      const options = { extra: fault, codeChangeTimeoutMs: 300 }
      await expect(started.code.upgrade(v2, options)).rejects.toMatchObject({
        code,
        phase: 'rehearse',
      })
      expect(await started.grid.call('look')).toEqual(shows(0))
      expect(started.lent[1]).toBe(0)
      await started.code.upgrade(v2)
      expect(await started.grid.call('look')).toEqual(shows(0))
    },
  )

  test.each(faults.slice(0, 3))('%s, in a downgrade', once, async (fault) => {
    const { code, grid } = await start()
    await code.upgrade(v2)
    const options = { extra: fault, codeChangeTimeoutMs: 300 }
    await expect(code.downgrade(v1, options)).rejects.toThrow()
    expect(grid.version).toBe('2.0.0')
    expect(await grid.call('write')).toBe(1)
    expect(await grid.call('look')).toEqual(shows(1))
  })

  test('when it is aborted while another process has taken them over already', async () => {
    const abort = new AbortController()
    const faultPoint = (phase: string): void => {
      if (phase === 'resume') abort.abort()
    }
    const { code, grid } = await start({ faultPoint })
    const second = await code.spawn({ name: 'second', args: new SharedArrayBuffer(64) })
    await grid.call('write')
    await expect(code.upgrade(v2, { signal: abort.signal })).rejects.toMatchObject({
      code: 'UPGRADE_ABORTED',
    })
    expect(await grid.call('look')).toEqual(shows(1))
    expect(await second.call('look')).toEqual(shows(0))
    expect(await second.call('write')).toBe(1)
  })
})

test('cross with each of many processes that share threads, and with memory that all of them share', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof grids>(v1, { isolates: 2 })
  const lent = new SharedArrayBuffer(64)
  const all = await Promise.all(Array.from({ length: 40 }, () => code.spawn({ args: lent })))
  await Promise.all(all.map((grid) => grid.call('write')))
  await code.upgrade(v2)
  await Promise.all(all.slice(0, 5).map((grid) => grid.call('write')))
  for (const [index, grid] of all.entries()) {
    expect(await grid.call('look')).toEqual({ ...shows(index < 5 ? 2 : 1), lent: 45 })
  }
})

test('cross with the records of a table, sent ahead or not', async () => {
  for (const rehearse of [true, false]) {
    const runtime = await testRuntime()
    const code = await runtime.load<typeof tiles1>(fixture('grids/tiles-v1.ts'))
    const lent = new SharedArrayBuffer(64)
    const tiles = await code.spawn({ name: 'tiles', args: lent })
    expect(await tiles.call('sum')).toBe(190)
    const { processes } = await code.upgrade(fixture('grids/tiles-v2.ts'), { rehearse })
    expect(processes[0]?.stateBytes).toBeGreaterThan(20 * 128 * 1024)
    const newer = runtime.whereis<typeof tiles2>('tiles')
    expect(await newer?.call('sum')).toBe(190)
    expect(await newer?.call('facts')).toEqual({ isOne: true, size: 20 })
    expect(new Int32Array(lent)[0]).toBe(20)
  }
})

test('memory that is shared is the same memory on both sides, for whoever else has it', async () => {
  const { code, grid, lent } = await start()
  for (const file of [v2, v3]) {
    await code.upgrade(file)
    Atomics.add(lent, 0, 10)
    await grid.call('write')
  }
  expect((await grid.call('look')).lent).toBe(22)
  expect(lent[0]).toBe(22)
})

test('a state with large buffers can be read, and its size told, without taking them away', async () => {
  const { grid, lent } = await start()
  const state = await grid.state()
  expect(state.cells[7]).toBe(7)
  expect((await grid.inspect()).stateBytes).toBeGreaterThan(GRID_BYTES)
  expect(await grid.call('write')).toBe(1)
  expect(await grid.call('look')).toEqual(shows(1))
  expect(lent[0]).toBe(1)
})
