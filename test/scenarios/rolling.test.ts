// @module-tag once
import { once } from 'node:events'
import type { Phase } from 'moult'
import { expect, test } from 'vitest'
import { undoablePhases } from '../support/undoable-phases.ts'
import { gate } from '../support/gate.ts'
import { rejection } from './contract-programs.ts'
import { expectStoppedHalfWay, expectWhole, files, share, versionsOf } from './shared.ts'
import { Traffic } from './traffic.ts'

test('while one goes over the others are served, by the version where they are', async () => {
  const held = gate()
  let transfers = 0
  const { code, rooms } = await share(6, 1, {
    faultPoint: async (phase: Phase) => {
      if (phase === 'transfer' && ++transfers === 3) await held.opened
    },
  })
  const upgrade = code.upgrade(files.v2, { groupSize: 1 })
  await expect.poll(() => transfers).toBe(3)
  const served = [0, 1, 3, 4, 5].map((index) => rooms[index]!.call('get'))
  expect(await Promise.all(served)).toEqual([1000, 1001, 1003, 1004, 1005])
  expect(rooms.map(({ version }) => version[0]).join('')).toBe('221111')
  held.open()
  await upgrade
  await expectWhole(rooms, 0)
})

test.each(['throw', 'never', 'loop', 'exit'])(
  'a codeChange that fails by %s stops it there: who was moved stays, the others go on, and it can be gone on with',
  async (by) => {
    const { runtime, code, rooms } = await share(10, 2)
    await Promise.all(rooms.map((room) => room.call('enter', { sender: 'me', number: 1 })))
    const extra = { at: 1007, by }
    const error = await rejection(
      code.upgrade(files.v2, { extra, groupSize: 1, codeChangeTimeoutMs: 300 }),
    )
    expect(error).toMatchObject({ phase: 'rehearse', process: 'room 6' })
    const remaining = expectStoppedHalfWay(rooms, error)
    await expectWhole(rooms, 1)
    expect(code.version.version).toBe('1.0.0')
    const rest = await code.upgrade('2.0.0')
    expect(rest.processes).toHaveLength(remaining)
    await expectWhole(rooms, 1)
    expect(code.version.version).toBe('2.0.0')
    await expect.poll(() => runtime.isolates).toBe(2)
  },
)

test('a codeChange that has to be awaited is, for each process, and one that takes long is not held to those that do not', async () => {
  const { code, rooms } = await share(60, 2)
  const up = await code.upgrade(files.v2, { extra: { at: 1007, by: 'later' } })
  expect(up.processes).toHaveLength(60)
  await expectWhole(rooms, 0)
  await code.downgrade('1.0.0')
  const again = await code.upgrade('2.0.0', { extra: { at: 'all', by: 'later' } })
  expect(again.processes).toHaveLength(60)
  await expectWhole(rooms, 0)
})

test.each(['throw', 'never'])(
  'without a dry run a codeChange that fails by %s still harms nobody else',
  async (by) => {
    const { code, rooms } = await share(10, 1)
    const extra = { at: 1005, by }
    const options = { extra, rehearse: false, groupSize: 4, codeChangeTimeoutMs: 300 }
    const error = await rejection(code.upgrade(files.v2, options))
    expect(error).toMatchObject({ phase: 'transfer' })
    const { moved, remaining } = error as { moved: number; remaining: number }
    expect(versionsOf(rooms)).toEqual({ '1.0.0': remaining, '2.0.0': moved })
    expect(rooms[5]!.version).toBe('1.0.0')
    await expectWhole(rooms, 0)
    await code.downgrade('1.0.0')
    expect(versionsOf(rooms)).toEqual({ '1.0.0': 10 })
    await expectWhole(rooms, 0)
  },
)

test.each(undoablePhases)('a fault at %s stops it between two processes', async (phase) => {
  let isArmed = true
  let count = 0
  const fault = new RangeError('a fault of the test')
  const { code, rooms } = await share(6, 1, {
    faultPoint: (reached) => {
      if (isArmed && reached === phase && ++count === 4) throw fault
    },
  })
  const error = await rejection(code.upgrade(files.v2, { groupSize: 1 }))
  expect(error).toMatchObject({ code: 'UPGRADE_FAILED', phase, cause: fault, moved: 3 })
  expect(versionsOf(rooms)).toEqual({ '1.0.0': 3, '2.0.0': 3 })
  await expectWhole(rooms, 0)
  isArmed = false
  expect((await code.upgrade('2.0.0')).processes).toHaveLength(3)
  await expectWhole(rooms, 0)
})

test('an abort half-way leaves both versions serving; the same upgrade goes on, or a downgrade goes back', async () => {
  const { runtime, code, rooms } = await share(40, 2)
  const traffic = new Traffic(rooms)
  const abort = new AbortController()
  runtime.on('upgradeProgress', ({ moved }) => {
    if (moved >= 10) abort.abort(new Error('not today'))
  })
  const error = await rejection(code.upgrade(files.v2, { signal: abort.signal, groupSize: 5 }))
  expect(error).toMatchObject({ code: 'UPGRADE_ABORTED', cause: { message: 'not today' } })
  expect(error).toHaveProperty(
    'message',
    expect.stringMatching(/^the upgrade was aborted; \d+ of \d+ had been moved$/),
  )
  const { moved } = error as { moved: number }
  expect(versionsOf(rooms)).toEqual({ '1.0.0': 40 - moved, '2.0.0': moved })
  await code.downgrade('1.0.0')
  expect(versionsOf(rooms)).toEqual({ '1.0.0': 40 })
  await code.upgrade('2.0.0')
  await expectWhole(rooms, await traffic.end())
})

test.each(['fail', 'skip', 'wait'] as const)(
  'a process whose handler does not end: %s',
  async (blocked) => {
    const { code, gates, rooms } = await share(6, 1)
    const waiting = rooms[3]!.call('wait', 'blocked')
    await gates.reached('blocked')
    const options = { blocked, groupSize: 2, suspendTimeoutMs: 100, rehearse: false }
    const upgrade = code.upgrade(files.v2, options)
    if (blocked === 'fail') {
      expect(await rejection(upgrade)).toMatchObject({
        code: 'SUSPEND_TIMEOUT',
        process: 'room 3',
      })
    }
    if (blocked === 'skip') {
      const report = await upgrade
      expect(report.blocked).toEqual(['room 3'])
      expect(report.processes).toHaveLength(5)
    }
    if (blocked === 'wait') {
      await expect.poll(() => versionsOf(rooms)).toEqual({ '1.0.0': 1, '2.0.0': 5 })
    }
    gates.open('blocked')
    expect(await waiting).toBe(1004)
    if (blocked === 'wait') expect((await upgrade).processes).toHaveLength(6)
    else expect(rooms[3]!.version).toBe('1.0.0')
  },
)

test.each(['fail', 'wait'] as const)(
  'a process that is stopped while a copy of its state is waited for is not moved: %s',
  async (blocked) => {
    const { code, gates, rooms } = await share(6, 1, { exitGraceMs: 60_000 })
    const begun = rooms[3]!.call('lastWord', 'here')
    await gates.reached('here')
    gates.open('here')
    await code.load(files.v2)
    // Its neighbour keeps the thread alive.
    await code.spawn({ version: '1.0.0', args: { start: 0 } })
    const upgrade = code.upgrade('2.0.0', { blocked, suspendTimeoutMs: 3_600_000 })
    await expect.poll(() => versionsOf(rooms)).toEqual({ '1.0.0': 1, '2.0.0': 5 })
    await rooms[3]!.stop({ timeoutMs: 0 })
    expect(await begun).toBe(1003)
    expect((await upgrade).processes).toHaveLength(5)
    expect(code.version.version).toBe('2.0.0')
  },
)

test('all at once, for those who need it: every process stands still until the last is ready, and all or none go over', async () => {
  const { code, rooms } = await share(30, 2)
  const extra = { at: 1020, by: 'throw' }
  const refused = code.upgrade(files.v2, { mode: 'atomic', extra, rehearse: false })
  expect(await rejection(refused)).toMatchObject({ code: 'CODE_CHANGE_FAILED', phase: 'transfer' })
  expect(versionsOf(rooms)).toEqual({ '1.0.0': 30 })
  await expectWhole(rooms, 0)
  const report = await code.upgrade(files.v2, { mode: 'atomic' })
  expect(report.processes.every(({ oldThread }) => oldThread?.exitCode === 0)).toBe(true)
  expect(versionsOf(rooms)).toEqual({ '2.0.0': 30 })
  await expectWhole(rooms, 0)
})

test('processes with a thread of their own can go over one after the other, too', async () => {
  const { code, rooms } = await share(5, 'per-process')
  const report = await code.upgrade(files.v2, { mode: 'rolling', groupSize: 2 })
  expect(report.processes.map(({ oldThread }) => oldThread?.exitCode)).toEqual([0, 0, 0, 0, 0])
  expect(versionsOf(rooms)).toEqual({ '2.0.0': 5 })
  await expectWhole(rooms, 0)
})

test('during a rest between two groups nothing moves', async () => {
  const { runtime, code, rooms } = await share(4, 1)
  const abort = new AbortController()
  const progress = once(runtime, 'upgradeProgress')
  const options = { groupSize: 1, throttleMs: 2 ** 30, signal: abort.signal }
  const upgrade = rejection(code.upgrade(files.v2, options))
  await progress
  for (let round = 0; round < 100; round++) {
    await Promise.all(rooms.map((room) => room.call('get')))
  }
  expect(versionsOf(rooms)).toEqual({ '1.0.0': 3, '2.0.0': 1 })
  abort.abort()
  expect(await upgrade).toMatchObject({ code: 'UPGRADE_ABORTED', moved: 1, remaining: 3 })
})

test('its phases say where the time went, and what is said of groups makes it rolling', async () => {
  const held = gate()
  const { code } = await share(3, 'per-process', {
    faultPoint: (phase: Phase) => (phase === 'suspend' ? held.opened : undefined),
  })
  const upgrade = code.upgrade(files.v2, { groupSize: 1 })
  held.open()
  const { phases, totalMs } = await upgrade
  const { bundle, load, typecheck, ...moving } = phases
  expect([moving.open, moving.rehearse, moving.suspend, moving.transfer].includes(0)).toBe(false)
  const all = Object.values(phases).reduce((sum, each) => sum + each)
  expect([all <= totalMs, bundle > 0, load > 0, typecheck]).toEqual([true, true, true, 0])
})

test('where nobody lives the version is current all the same', async () => {
  const { code } = await share(0, 2)
  expect((await code.upgrade(files.v2)).processes).toEqual([])
  expect(code.version.version).toBe('2.0.0')
})

test('close() during a rolling upgrade: it stops between two processes, and what was accepted is handled', async () => {
  const { runtime, code, rooms } = await share(60, 2)
  const progress = once(runtime, 'upgradeProgress')
  const upgrade = rejection(code.upgrade(files.v2, { groupSize: 4 }))
  await progress
  const accepted = rooms.map((room) => room.call('enter', { sender: 'me', number: 1 }))
  await runtime.close()
  expect(await Promise.all(accepted)).toEqual(rooms.map((_, index) => 1001 + index))
  expect(await upgrade).toMatchObject({ code: 'RUNTIME_CLOSED' })
  expect(runtime.isolates).toBe(0)
})

test('a handler that asks a process of its own group is answered', async () => {
  const { code, rooms } = await share(20, 1)
  const over = new AbortController()
  const asking = (async () => {
    while (!over.signal.aborted) {
      await Promise.all(rooms.slice(1).map((room) => room.call('ask', 'room 0')))
    }
  })()
  await code.upgrade(files.v2, { groupSize: 20 })
  await code.downgrade('1.0.0', { groupSize: 3 })
  over.abort()
  await asking
  await expectWhole(rooms, 0)
})
