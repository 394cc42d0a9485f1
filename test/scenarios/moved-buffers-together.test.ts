import type { ProcessRef } from 'moult'
import { describe, expect, test } from 'vitest'
import { TestGates } from './gates.ts'
import type { Fault } from '../fixtures/moved/held.ts'
import { testRuntime } from '../support/runtime.ts'
import {
  MOVED_BYTES,
  expectValues,
  heldFiles,
  someValues,
  start,
  startWithFaultPoint,
} from './held.ts'
import type { Held, Started } from './held.ts'

const [v1, v2, v3] = heldFiles
const move = { buffers: 'move' } as const

/** More processes like the one that was started, and messages to all of them that wait during the upgrade. */
async function spawnMore({ code, held }: Started, count: number): Promise<ProcessRef<Held>[]> {
  const more = Array.from({ length: count }, () => code.spawn({ args: someValues() }))
  return [held, ...(await Promise.all(more))]
}

async function expectLogs(all: readonly ProcessRef<Held>[], log: string[]): Promise<void> {
  for (const held of all) {
    await expectValues(held)
    expect((await held.state()).log).toEqual(['made', ...log])
  }
}

describe('processes that move together all get theirs back', () => {
  test.each(['suspend', 'transfer', 'resume'] as const)('from a fault at %s', async (phase) => {
    const started = await startWithFaultPoint()
    const { code, at } = started
    const all = await spawnMore(started, 2)
    let notes: Promise<unknown>[] = []
    at((reached) => {
      if (reached !== phase) return
      notes = all.map((held) => held.call('note', 'meanwhile'))
      throw new RangeError('a fault of the test')
    })
    await expect(code.upgrade(v2, move)).rejects.toMatchObject({ code: 'UPGRADE_FAILED', phase })
    await Promise.all(notes)
    await expectLogs(all, ['meanwhile'])
    at(() => undefined)
    const { processes } = await code.upgrade(v2, move)
    expect(processes.map(({ movedBytes }) => movedBytes)).toEqual(all.map(() => MOVED_BYTES))
    await expectLogs(all, ['meanwhile'])
  })

  test('from an abort', async () => {
    const started = await startWithFaultPoint()
    const { code, at } = started
    const all = await spawnMore(started, 2)
    const abort = new AbortController()
    at((phase) => {
      if (phase === 'resume') abort.abort()
    })
    const upgrade = code.upgrade(v2, { ...move, signal: abort.signal })
    await expect(upgrade).rejects.toMatchObject({ code: 'UPGRADE_ABORTED' })
    await expectLogs(all, [])
  })

  test('from the codeChange of one that fails, or takes its own state along', async () => {
    for (const kind of ['throw', 'exit'] as const) {
      const started = await start()
      const { code } = started
      const all = await spawnMore(started, 1)
      const other = await code.spawn({ name: 'other', args: [new Float64Array(20_000)] })
      // Rehearsed once in the isolate that it goes to.
      const extra: Fault = { kind, run: 2, length: 1 }
      const error: unknown = await code.upgrade(v2, { ...move, extra }).catch((e: unknown) => e)
      expect(error).toMatchObject({ code: kind === 'throw' ? 'CODE_CHANGE_FAILED' : 'STATE_LOST' })
      await expectLogs(all, [])
      expect((await other.state()).values).toEqual([new Float64Array(20_000)])
      expect((await other.inspect()).totals.restarts).toBe(kind === 'throw' ? 0 : 1)
    }
  })

  test('from one whose handler does not end in time', async () => {
    const gates = new TestGates()
    const started = await start({ services: gates.services })
    const { code, held } = started
    const [, other] = await spawnMore(started, 1)
    const asked = other!.call('ask', held.id)
    await gates.reached('ask')
    const options = { ...move, rehearse: false, suspendTimeoutMs: 300 }
    await expect(code.upgrade(v2, options)).rejects.toMatchObject({ code: 'SUSPEND_TIMEOUT' })
    await expectLogs([held], [])
    gates.open('ask')
    expect(await asked).toBe(2)
    await code.upgrade(v2, move)
    await expectLogs([held], ['asked for'])
    await expectLogs([other!], ['asked'])
  })
})

test('one that stands still goes on to answer another, and gives them up again', async () => {
  const gates = new TestGates()
  const started = await start({ services: gates.services })
  const { code, held } = started
  const [, other] = await spawnMore(started, 1)
  const asked = other!.call('ask', held.id)
  await gates.reached('ask')
  const upgrade = code.upgrade(v2, { ...move, rehearse: false })
  await expect.poll(async () => (await held.inspect()).lifecycle).toBe('suspended')
  gates.open('ask')
  expect(await asked).toBe(2)
  const { processes } = await upgrade
  expect(processes.map(({ movedBytes }) => movedBytes)).toEqual([MOVED_BYTES, MOVED_BYTES])
  await expectLogs([held], ['asked for'])
  await expectLogs([other!], ['asked'])
})

describe('processes that share threads', () => {
  test.each(['throw', 'steal'] as const)(
    'move one after the other, and stop at one that fails: %s',
    async (kind) => {
      const runtime = await testRuntime()
      const code = await runtime.load<Held>(v1, { isolates: 2 })
      const all = await Promise.all(
        Array.from({ length: 20 }, () => code.spawn({ args: someValues() })),
      )
      const failing = await code.spawn({ args: [new Float64Array(20_000)] })
      const extra: Fault = { kind, run: 1, length: 1 }
      const options = { ...move, rehearse: false, groupSize: 4 }
      await expect(code.upgrade(v2, { ...options, extra })).rejects.toMatchObject({
        code: kind === 'throw' ? 'CODE_CHANGE_FAILED' : 'STATE_LOST',
        process: failing.id,
      })
      await expectLogs(all, [])
      expect((await failing.state()).values).toEqual([new Float64Array(20_000)])
      expect((await failing.inspect()).totals.restarts).toBe(kind === 'throw' ? 0 : 1)
      const { processes } = await code.upgrade(v2, options)
      for (const { movedBytes = 0 } of processes) expect(movedBytes).toBeGreaterThan(0)
      await expectLogs(all, [])
      expect(new Set(all.map(({ version }) => version))).toEqual(new Set(['2.0.0']))
    },
  )
})

describe('where somebody else might need them they are copied', () => {
  test('for a downgrade, which keeps its own state whatever happens', async () => {
    const { code, held } = await start()
    await code.upgrade(v2, move)
    // Its codeChange ran twice in this isolate: on a copy, and when it counted.
    for (const [kind, run] of [
      ['scribble', 3],
      ['steal', 4],
    ] as const) {
      const extra: Fault = { kind, run }
      const downgrade = code.downgrade(v1, { ...move, extra })
      await expect(downgrade).rejects.toMatchObject({ code: 'DOWNGRADE_FAILED' })
      await expectLogs([held], [])
    }
    const { processes } = await code.downgrade(v1, move)
    expect(processes[0]?.movedBytes).toBeUndefined()
    await expectLogs([held], [])
  })

  test('on the way through a version between', async () => {
    const { code, held } = await start()
    await code.load(v2)
    const { processes } = await code.upgrade(v3, move)
    expect(processes[0]?.movedBytes).toBeUndefined()
    await expectLogs([held], [])
    const report = await code.rollBack(move)
    expect(report.processes[0]?.movedBytes).toBeUndefined()
    await expectLogs([held], [])
  })
})

test('one of them alone, and by itself unchanged', async () => {
  const started = await start()
  const { held, code } = started
  const [, other] = await spawnMore(started, 1)
  await code.load(v2)
  expect((await held.upgrade(v2, move)).processes[0]?.movedBytes).toBe(MOVED_BYTES)
  await code.load(v3)
  expect((await held.upgrade(v3, move)).processes[0]?.movedBytes).toBe(MOVED_BYTES)
  await expectLogs([held, other!], [])
  expect([held.version, other!.version]).toEqual(['3.0.0', '1.0.0'])
})

test('another word than copy and move is refused', async () => {
  const { code } = await start()
  await expect(code.upgrade(v2, { buffers: 'lend' as 'move' })).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    path: 'buffers',
  })
})
