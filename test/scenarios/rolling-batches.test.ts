// @module-tag once
import type { UpgradeReport } from 'moult'
import { expect, test } from 'vitest'
import { undoablePhases } from '../support/undoable-phases.ts'
import type alikeV1 from '../fixtures/alike/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'
import { rejection } from './contract-programs.ts'
import { expectStoppedHalfWay, expectWhole, files, share, versionsOf } from './shared.ts'
import type { Shared } from './shared.ts'
import { Traffic } from './traffic.ts'

test.each(['throw', 'never', 'loop', 'exit'])(
  'of a group that is tried in one go, the one whose codeChange fails by %s is named',
  async (by) => {
    const { runtime, code, rooms } = await share(40, 2)
    const options = { extra: { at: 1026, by }, groupSize: 16, codeChangeTimeoutMs: 500 }
    const error = await rejection(code.upgrade(files.v2, options))
    expect(error).toMatchObject({ phase: 'rehearse', process: 'room 26' })
    const remaining = expectStoppedHalfWay(rooms, error)
    await expectWhole(rooms, 0)
    expect((await code.upgrade(files.v2)).processes).toHaveLength(remaining)
    await expectWhole(rooms, 0)
    await expect.poll(() => runtime.isolates).toBe(2)
  },
)

test.each(['throw', 'never', 'loop', 'exit'])(
  'without a dry run: of a group that moves in one go, the one whose codeChange fails by %s is named, and no state is lost',
  async (by) => {
    const { code, rooms } = await share(8, 1)
    const extra = { at: 1005, by }
    const options = { extra, rehearse: false, groupSize: 16, codeChangeTimeoutMs: 300 }
    const error = await rejection(code.upgrade(files.v2, options))
    expect(error).toMatchObject({ phase: 'transfer', process: 'room 5' })
    const remaining = expectStoppedHalfWay(rooms, error)
    expect(rooms[5]!.version).toBe('1.0.0')
    await expectWhole(rooms, 0)
    expect((await code.upgrade(files.v2)).processes).toHaveLength(remaining)
    await expectWhole(rooms, 0)
  },
)

test.each([
  ['none', undefined, 2],
  ['later', undefined, 2],
  ['none', false, 1],
  ['later', false, 1],
] as const)(
  'a codeChange that answers %s (rehearse: %s) runs %i times for each process',
  async (by, rehearse, times) => {
    const { code, rooms } = await share(20, 2)
    const runs = new SharedArrayBuffer(4)
    const extra = { at: 'all', by, runs }
    await code.upgrade(files.v2, { extra, ...(rehearse === false && { rehearse }) })
    expect(new Int32Array(runs)[0]).toBe(20 * times)
    await expectWhole(rooms, 0)
  },
)

test('what states of one thread share is migrated for each of them on its own', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof alikeV1>(fixture('alike/v1.ts'), { isolates: 1 })
  const numbers = Array.from({ length: 40 }, (_none, number) => number)
  const refs = await Promise.all(numbers.map((args) => code.spawn({ args })))
  const up = await code.upgrade(fixture('alike/v2.ts'))
  expect(up.processes).toHaveLength(40)
  const looks = await Promise.all(refs.map((ref) => ref.call('look')))
  expect(looks).toEqual(numbers.map((number) => ({ number, limit: 2, isCyclic: true })))
})

test('a codeChange that takes long is none that fails', async () => {
  const { code, rooms } = await share(30, 2)
  const up = await code.upgrade(files.v2, { extra: { at: 1012, by: 'slow' } })
  expect(up.processes).toHaveLength(30)
  await expectWhole(rooms, 0)
})

test.each(undoablePhases)(
  'a fault at %s of one of a group stops it, and no state is lost',
  async (phase) => {
    let count = 0
    const fault = new RangeError('a fault of the test')
    const { code, rooms } = await share(8, 1, {
      faultPoint: (reached) => {
        if (reached === phase && ++count === 4) throw fault
      },
    })
    const traffic = new Traffic(rooms)
    const error = await rejection(code.upgrade(files.v2, { groupSize: 16 }))
    expect(error).toMatchObject({ code: 'UPGRADE_FAILED', phase, cause: fault })
    expectStoppedHalfWay(rooms, error)
    // By its file: where none had been moved, the line knows no version of this name.
    await code.upgrade(files.v2)
    expect(versionsOf(rooms)).toEqual({ '2.0.0': 8 })
    await expectWhole(rooms, await traffic.end())
  },
)

test('a thread that its handlers hold: the group waits for it on its own, and goes on', async () => {
  const { code, gates, rooms } = await share(6, 1)
  const busy = rooms[2]!.call('wait', 'busy')
  await gates.reached('busy')
  const upgrade = code.upgrade(files.v2, { groupSize: 12, rehearse: false })
  await expect.poll(() => versionsOf(rooms)).toEqual({ '1.0.0': 1, '2.0.0': 5 })
  gates.open('busy')
  expect(await busy).toBe(1003)
  expect((await upgrade).processes).toHaveLength(6)
})

test('what comes for one whose codeChange is awaited is answered when it has entered', async () => {
  const { rooms, upgrade } = await heldAtRoom30()
  const asked = rooms[30]!.call('get')
  await rooms[0]!.call('lift', '1030')
  expect(await asked).toBe(1030)
  expect((await upgrade).processes).toHaveLength(40)
})

test('a thread dies while one of a group enters: who has handled something there fails, who has not goes back', async () => {
  const { runtime, rooms, upgrade } = await heldAtRoom30()
  const crashed: string[] = []
  runtime.on('crashed', ({ process }) => crashed.push(process))
  const failed = rejection(upgrade)
  expect(await rooms[24]!.call('enter', { sender: 'a', number: 1 })).toBe(1025)
  expect(await rejection(rooms[24]!.call('die'))).toMatchObject({ code: 'ISOLATE_EXITED' })
  expect(await failed).toMatchObject({ code: 'ISOLATE_EXITED', process: 'room 30' })
  expect(await rooms[24]!.call('get')).toBe(1024)
  expect(crashed).toContain('room 24')
  for (const at of [25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35]) {
    expect(crashed).not.toContain(`room ${at}`)
    expect(rooms[at]!.version).toBe('1.0.0')
    expect(await rooms[at]!.call('get')).toBe(1000 + at)
  }
})

/** Rooms 24 to 35 move in one go, and the migration of room 30 is waited for. */
async function heldAtRoom30(): Promise<Shared & { readonly upgrade: Promise<UpgradeReport> }> {
  const shared = await share(40, 1)
  const options = { groupSize: 24, rehearse: false, extra: { at: 1030, by: 'latch' } } as const
  const upgrade = shared.code.upgrade(files.v2, options)
  await expect.poll(() => shared.rooms[0]!.call('isWaitedFor', '1030')).toBe(true)
  return { ...shared, upgrade }
}

test('with a pause budget one moves at a time, so that none waits for the migration of another', async () => {
  const { runtime, code } = await share(6, 1)
  const told: number[] = []
  runtime.on('upgradeProgress', ({ moved }) => told.push(moved))
  const report = await code.upgrade(files.v2, { maxPauseMs: 60_000 })
  expect(report.processes).toHaveLength(6)
  expect(told).toEqual([1, 2, 3, 4, 5, 6])
})

test('a failure elsewhere is told though somebody is still waited for', async () => {
  const { code, gates, rooms } = await share(12, 1)
  const waiting = rooms[0]!.call('wait', 'blocked')
  await gates.reached('blocked')
  const extra = { at: 1009, by: 'throw' }
  const options = { blocked: 'wait', groupSize: 4, suspendTimeoutMs: 100, extra } as const
  const error = await rejection(code.upgrade(files.v2, { ...options, rehearse: false }))
  expect(error).toMatchObject({ code: 'CODE_CHANGE_FAILED', process: 'room 9' })
  expect(rooms[0]!.version).toBe('1.0.0')
  const spawned = await code.spawn({ args: { start: 1 } })
  expect(await spawned.call('get')).toBe(1)
  gates.open('blocked')
  expect(await waiting).toBe(1001)
})

test('progress ends with the last of those that were waited for', async () => {
  const { runtime, code, gates, rooms } = await share(4, 1)
  const told: number[] = []
  runtime.on('upgradeProgress', ({ moved }) => told.push(moved))
  const waiting = rooms[1]!.call('wait', 'blocked')
  await gates.reached('blocked')
  const options = { blocked: 'wait', suspendTimeoutMs: 50, rehearse: false } as const
  const upgrade = code.upgrade(files.v2, options)
  await expect.poll(() => versionsOf(rooms)).toEqual({ '1.0.0': 1, '2.0.0': 3 })
  gates.open('blocked')
  await Promise.all([waiting, upgrade])
  expect(told.at(-1)).toBe(4)
})

test('an abort at any moment says the phase, and what has been moved', async () => {
  const { code, rooms } = await share(12, 2)
  await code.upgrade(files.v2)
  await code.downgrade('1.0.0')
  for (let turns = 0; turns < 40; turns += 3) {
    const abort = new AbortController()
    const upgrade = code.upgrade('2.0.0', { signal: abort.signal, groupSize: 2 })
    const settled = upgrade.then(
      () => undefined,
      (error: unknown) => error,
    )
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
    abort.abort()
    const error = await settled
    if (error !== undefined) {
      expect(error).toMatchObject({ code: 'UPGRADE_ABORTED', phase: expect.any(String) as string })
    }
    const { moved = 0 } = (error ?? { moved: 12 }) as { moved?: number }
    expect(versionsOf(rooms)['2.0.0'] ?? 0).toBe(moved)
    if (moved > 0) await code.downgrade('1.0.0')
    await expectWhole(rooms, 0)
  }
})
