import { once } from 'node:events'
import type { Code, ProbationOptions, ProcessRef, Runtime } from 'moult'
import { describe, expect, test } from 'vitest'
import type watcher from '../fixtures/probation/watcher.ts'
import type v1 from '../fixtures/probation/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'
import { rejection } from './contract-programs.ts'

type Program = typeof v1

const file = (name: string): URL => fixture(`probation/${name}.ts`)
/** Long enough for a test to do what it does. */
const long: ProbationOptions = { messages: 1_000, ms: 60_000 }

interface World {
  readonly runtime: Runtime
  readonly code: Code<Program>
  readonly refs: readonly ProcessRef<Program>[]
}

async function world(count: number, isolates: 'per-process' | number): Promise<World> {
  const runtime = await testRuntime()
  const watchers = await runtime.load<typeof watcher>(file('watcher'))
  await watchers.spawn({ name: 'watcher' })
  const code = await runtime.load<Program>(file('v1'), { isolates })
  const names = Array.from({ length: count }, (_none, at) => `p${at}`)
  const refs = await Promise.all(names.map((name) => code.spawn({ name })))
  return { runtime, code, refs }
}

/** Begins an upgrade, and comes back when all serve in the new version. */
async function swapped(
  { runtime, code }: World,
  name: string,
  options: Parameters<Code<Program>['upgrade']>[1] = { probation: long },
): Promise<{ readonly ended: Promise<unknown> }> {
  const swap = once(runtime, 'upgradeSwapped')
  const ended = code.upgrade(file(name), options).catch((error: unknown) => error)
  await swap
  return { ended }
}

async function seen({ runtime }: World): Promise<unknown> {
  const watcher = runtime.processes().find(({ name }) => name === 'watcher')
  return (watcher as unknown as { call(name: string): Promise<unknown> }).call('seen')
}

describe.each([
  ['in a thread of its own', 'per-process' as const],
  ['beside others in a thread', 1],
])('a new version of a process %s', (_where, isolates) => {
  const single = { probation: long, mode: 'atomic' } as const

  test('that dies is rolled back: state, queue and callers lose nothing', async () => {
    const given = await world(1, isolates)
    const [ref] = given.refs
    const crashes: unknown[] = []
    given.runtime.on('crashed', (crash) => crashes.push(crash))
    await ref!.call('add', 'before')
    const rolledBack = once(given.runtime, 'rolledBack')
    const upgrade = await swapped(given, 'v2-exits', single)
    expect(await ref!.call('add', 'since')).toEqual(['before', 'since'])
    ref!.cast('note', 'cast')
    const [bad, behind] = await Promise.all([ref!.call('bad'), ref!.call('add', 'behind')])
    expect(bad).toBe('fine')
    expect(behind).toEqual(['before', 'since', 'cast', 'bad', 'behind'])
    expect(await upgrade.ended).toMatchObject({
      code: 'PROBATION_FAILED',
      phase: 'probation',
      process: 'p0',
      replayed: expect.any(Number) as number,
      lost: 0,
      cause: { code: 'ISOLATE_EXITED' },
    })
    expect(await rolledBack).toMatchObject([
      {
        from: { version: '2.0.0-exits' },
        to: { version: '1.0.0' },
        processes: [{ process: 'p0' }],
      },
    ])
    expect(crashes).toEqual([])
    expect(await ref!.inspect()).toMatchObject({
      version: '1.0.0',
      totals: { upgrades: 0, restarts: 0 },
    })
  })

  test('whose handlers throw more often than before is rolled back', async () => {
    const given = await world(1, isolates)
    const [ref] = given.refs
    const upgrade = await swapped(given, 'v2-throws', single)
    const worse = 'RangeError: worse'
    const codes: unknown[] = []
    for (let round = 0; round < 4; round++) codes.push(await ref!.call('bad').catch(String))
    expect(await upgrade.ended).toMatchObject({
      code: 'PROBATION_FAILED',
      received: expect.stringMatching(/^3 errors in/) as string,
      replayed: 3,
    })
    expect(codes).toEqual([worse, worse, worse, 'fine'])
    expect(await ref!.call('look')).toMatchObject({
      version: '1.0.0',
      handled: ['bad', 'bad', 'bad', 'bad'],
      replays: 3,
    })
  })

  test('may have as many errors as the version before', async () => {
    const given = await world(1, isolates)
    const [ref] = given.refs
    for (let round = 0; round < 8; round++) ref!.cast('fails')
    await ref!.call('look')
    const upgrade = await swapped(given, 'v2-throws', {
      ...single,
      probation: { ms: 60_000, messages: 10 },
    })
    for (let round = 0; round < 10; round++) ref!.cast('fails')
    expect(await upgrade.ended).toMatchObject({ to: { version: '2.0.0-throws' } })
  })

  test('is rolled back by an abort, and by a check that throws, returns false or never ends', async () => {
    const given = await world(1, isolates)
    const [ref] = given.refs
    await ref!.call('add', 'before')
    const abort = new AbortController()
    const aborted = await swapped(given, 'v2-exits', { ...single, signal: abort.signal })
    await ref!.call('add', 'since')
    abort.abort()
    expect(await aborted.ended).toMatchObject({ code: 'UPGRADE_ABORTED', replayed: 1 })
    const checks = [
      () => false,
      () => {
        throw new RangeError('not well')
      },
      (process: { call(name: string): Promise<unknown> }) => process.call('no such call'),
    ]
    for (const check of checks) {
      const probation = { ms: 0, check }
      const error = await rejection(given.code.upgrade(file('v2-exits'), { ...single, probation }))
      expect(error).toMatchObject({ code: 'PROBATION_FAILED', process: 'p0' })
    }
    expect(await ref!.call('look')).toMatchObject({
      version: '1.0.0',
      handled: ['before', 'since'],
    })
  })

  test('passes when its check says so, its messages are handled, or its time is over', async () => {
    const given = await world(1, isolates)
    const [ref] = given.refs
    const checked: unknown[] = []
    const check = async (process: { name: string; call(name: string): Promise<unknown> }) => {
      checked.push(process.name, await process.call('look'))
    }
    const report = await given.code.upgrade(file('v2-throws'), {
      ...single,
      probation: { ms: 0, check },
    })
    expect(checked).toMatchObject(['p0', { version: '2.0.0' }])
    expect(report.processes[0]?.oldThread === undefined).toBe(false)
    expect((await ref!.inspect()).version).toBe('2.0.0-throws')
  })

  test('leaves nothing twice: replays tell nobody, and answer nobody', async () => {
    const given = await world(1, isolates)
    const [ref] = given.refs
    const heard: unknown[] = []
    ref!.on('handled', (name) => heard.push(name))
    const upgrade = await swapped(given, 'v2-exits', single)
    await ref!.call('add', 'one')
    ref!.cast('note', 'two')
    await ref!.call('bad')
    await upgrade.ended
    await ref!.call('add', 'three')
    expect(heard).toEqual(['one', 'two', 'bad', 'three'])
    expect(await seen(given)).toEqual(['one', 'two', 'bad', 'three'])
    expect(await ref!.call('look')).toMatchObject({ handled: ['one', 'two', 'bad', 'three'] })
  })

  test('that is rolled back without replays says which messages are lost', async () => {
    const given = await world(1, isolates)
    const [ref] = given.refs
    await ref!.call('add', 'before')
    const rolledBack = once(given.runtime, 'rolledBack')
    const probation = { ...long, onRollBack: 'report' } as const
    const upgrade = await swapped(given, 'v2-exits', { ...single, probation })
    await ref!.call('add', 'one')
    await ref!.call('add', 'two')
    await ref!.call('bad')
    expect(await upgrade.ended).toMatchObject({ replayed: 0, lost: 2 })
    const [told] = (await rolledBack) as [{ processes: unknown }]
    expect(told.processes).toEqual([
      { process: 'p0', replayed: 0, lost: { count: 2, from: 1, to: 2 } },
    ])
    expect(await ref!.call('look')).toMatchObject({ handled: ['before', 'bad'] })
  })

  test('tells messages as lost whose buffers have moved', async () => {
    const given = await world(1, isolates)
    const [ref] = given.refs
    const upgrade = await swapped(given, 'v2-exits', single)
    const bytes = new ArrayBuffer(8)
    expect(await ref!.with({ transfer: [bytes] }).call('moved', bytes)).toBe(8)
    await ref!.call('add', 'one')
    await ref!.call('bad')
    expect(await upgrade.ended).toMatchObject({ replayed: 1, lost: 1 })
    expect(await ref!.call('look')).toMatchObject({ handled: ['one', 'bad'] })
  })

  test('gives timers back as they were', async () => {
    const given = await world(1, isolates)
    const [ref] = given.refs
    await ref!.call('wakeIn', 3_600_000)
    const upgrade = await swapped(given, 'v2-exits', single)
    await ref!.call('wakeIn', 5)
    await expect.poll(async () => (await ref!.call('look')).wakes).toBeGreaterThan(1)
    await ref!.call('bad')
    await upgrade.ended
    // The replay of `wakeIn` has set it again.
    const { wakes } = await ref!.call('look')
    await expect.poll(async () => (await ref!.call('look')).wakes).toBeGreaterThan(wakes)
  })

  test('does not hold up a stop, and is not judged then', async () => {
    const given = await world(1, isolates)
    const [ref] = given.refs
    const upgrade = await swapped(given, 'v2-exits', single)
    await ref!.call('add', 'one')
    await ref!.stop()
    expect(await upgrade.ended).toMatchObject({ to: { version: '2.0.0-exits' } })
  })

  test('does not hold up a close', async () => {
    const given = await world(1, isolates)
    const upgrade = await swapped(given, 'v2-exits', single)
    await given.runtime.close()
    expect(await upgrade.ended).toMatchObject({ code: 'RUNTIME_CLOSED' })
  })
})

test('several that move together go back together', async () => {
  const given = await world(3, 'per-process')
  const [one, two, three] = given.refs
  const upgrade = await swapped(given, 'v2-exits')
  await Promise.all(given.refs.map((ref) => ref.call('add', 'since')))
  expect(await two!.call('bad')).toBe('fine')
  expect(await upgrade.ended).toMatchObject({
    code: 'PROBATION_FAILED',
    process: 'p1',
    replayed: 3,
  })
  for (const ref of [one, three]) {
    expect(await ref!.call('look')).toMatchObject({ version: '1.0.0', handled: ['since'] })
  }
})

describe('a rolling upgrade', () => {
  test('whose first group dies stops, and all go back', async () => {
    const given = await world(8, 2)
    for (const ref of given.refs) ref.cast('note', 'before')
    const progress = once(given.runtime, 'upgradeProgress')
    const upgrade = given.code
      .upgrade(file('v2-exits'), { probation: long, groupSize: 2 })
      .catch((error: unknown) => error)
    await progress
    const moved = given.refs.filter(({ version }) => version !== '1.0.0')
    expect(moved.length).toBeGreaterThan(0)
    await moved[0]!.call('add', 'since')
    expect(await moved[0]!.call('bad')).toBe('fine')
    expect(await upgrade).toMatchObject({ code: 'PROBATION_FAILED', moved: 0, remaining: 8 })
    const states = await Promise.all(given.refs.map((ref) => ref.call('look')))
    for (const { version, handled } of states) {
      expect(version).toBe('1.0.0')
      expect(handled[0]).toBe('before')
    }
    expect((await given.code.versions()).map(({ version }) => version)).toEqual(['1.0.0'])
  })

  test('moves all others when the first have passed', async () => {
    const given = await world(8, 2)
    const report = await given.code.upgrade(file('v2-throws'), {
      groupSize: 2,
      probation: { ms: 1 },
    })
    expect(report.processes).toHaveLength(8)
    expect(given.refs.every(({ version }) => version === '2.0.0-throws')).toBe(true)
  })
})
