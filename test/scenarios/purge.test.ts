// @module-tag once
import { isMoultError } from 'moult'
import { expect, test } from 'vitest'
import { TestGates } from './gates.ts'
import {
  expectNoOthers,
  expectUntouched,
  failure,
  labelsOf,
  loadAll,
  open,
  roomFile,
  statesOf,
} from './rooms.ts'
import type { Room } from './rooms.ts'

test('a soft purge is refused while processes run the version, and names them', async () => {
  const rooms = await open(2)
  const { code, refs } = rooms
  await code.upgrade(roomFile('v2'), { only: ['room 1'] })
  await expect(code.softPurge('2.0.0')).rejects.toMatchObject({
    code: 'VERSION_IN_USE',
    version: '2.0.0',
    received: 'room 1',
  })
  expect(await refs[1]!.call('trail')).toHaveLength(2)
  for (const purge of [code.softPurge('1.0.0'), code.purge('1.0.0')]) {
    const expected = { code: expect.stringMatching(/VERSION_IN_USE|UPGRADE_IN_PROGRESS/) as string }
    await expect(purge).rejects.toMatchObject(expected)
  }
  await expect(code.purge('1.0.0')).rejects.toMatchObject({
    code: 'VERSION_IN_USE',
    received: 'new processes, for it is current',
  })
  await expect(code.softPurge('9')).rejects.toMatchObject({ code: 'UNKNOWN_VERSION' })
  expect(labelsOf(refs)).toEqual(['1.0.0', '2.0.0'])
  await expectNoOthers(rooms)
})

test('a purge lets its users finish what they had accepted, stops them, and frees the label for other bytes', async () => {
  const gates = new TestGates()
  const rooms = await open(2, { services: gates.services })
  const { code, refs, runtime } = rooms
  await code.upgrade(roomFile('v2'), { only: ['room 1'] })
  await expect(code.load(roomFile('v2-other'))).rejects.toMatchObject({ code: 'VERSION_CONFLICT' })
  const accepted = refs[1]!.call('wait', 'gate')
  await gates.reached('gate')
  const purged = code.purge('2.0.0')
  // What would meet the purge waits for it, and then finds the label gone.
  const late = failure(code.spawn({ version: '2.0.0' }))
  gates.open('gate')
  expect(await accepted).toBe('2.0.0')
  await purged
  expect(await late).toMatchObject({ code: 'UNKNOWN_VERSION', received: '2.0.0' })
  expect(runtime.whereis('room 1')).toBe(undefined)
  await expect(refs[1]!.call('trail')).rejects.toMatchObject({ code: 'PROCESS_STOPPED' })
  expect(await statesOf(code)).toEqual({ '1.0.0': 'current' })
  await expectNoOthers(rooms)

  const { hash } = await code.load(roomFile('v2-other'))
  await code.upgrade('2.0.0')
  expect(code.version).toEqual({ version: '2.0.0', hash })
  // In v2-other the step is 'unchanged'.
  expect(await refs[0]!.call('trail')).toEqual(['1.0.0'])
  await expect(code.load(roomFile('v2'))).rejects.toMatchObject({ code: 'VERSION_CONFLICT' })
  await expectNoOthers(rooms)
})

test('a purge that does not drain gives what waits up, and one with a deadline does not wait longer', async () => {
  const gates = new TestGates()
  const rooms = await open(2, { services: gates.services })
  const { code } = rooms
  await code.upgrade(roomFile('v2'))
  const stuck = await code.spawn({ version: '1.0.0' })
  const running = failure(stuck.call('wait', 'never'))
  await gates.reached('never')
  const waiting = failure(stuck.call('trail'))
  await code.purge('1.0.0', { drain: false, timeoutMs: 50 })
  expect([await running, await waiting]).toMatchObject([
    { code: 'PROCESS_STOPPED' },
    { code: 'PROCESS_STOPPED' },
  ])
  await expectNoOthers(rooms)
})

test('what is purged from one code stays with the other that uses it', async () => {
  const rooms = await open(1)
  const { code, runtime } = rooms
  const other = await runtime.load<Room>(roomFile('v2'), { name: 'other' })
  const ref = await other.spawn({ name: 'of the other' })
  await code.upgrade(roomFile('v2'), { only: ['room 0'] })
  await expect(code.softPurge('2.0.0')).rejects.toMatchObject({ received: 'room 0' })
  await code.purge('2.0.0')
  expect(await statesOf(code)).toEqual({ '1.0.0': 'current' })
  expect(await ref.call('trail')).toEqual(['2.0.0'])
  expect(await statesOf(other)).toEqual({ '2.0.0': 'current' })
  // Its image is there still: it can be made anew, and have company.
  await expect(ref.call('die')).rejects.toMatchObject({ code: 'ISOLATE_EXITED' })
  expect(await ref.call('trail')).toEqual(['2.0.0'])
  expect(await (await other.spawn()).call('trail')).toEqual(['2.0.0'])
  await expectNoOthers(rooms)
})

test('the first version can be purged too, and comes back when it is loaded again', async () => {
  const rooms = await open(1)
  const { code, runtime } = rooms
  await code.upgrade(roomFile('v2'))
  await code.softPurge('1.0.0')
  await expect(code.rollBack()).rejects.toMatchObject({ code: 'NO_PREVIOUS_VERSION' })
  await expectNoOthers(rooms)
  const again = await runtime.load<Room>(roomFile('v1'))
  expect(again).toBe(code)
  expect(await statesOf(code)).toEqual({ '2.0.0': 'current', '1.0.0': 'loaded' })
  await expectNoOthers(rooms, 1)
  const report = await code.downgrade('1.0.0')
  expect(report.processes).toHaveLength(1)
  await expectNoOthers(rooms)
})

test('without the version between, the refusal names the two that have no step', async () => {
  const rooms = await open(1)
  const { code } = rooms
  await loadAll(code, 'v2', 'v3', 'v4')
  await code.softPurge('3.0.0')
  await expectNoOthers(rooms, 2)
  const error = await expectUntouched(rooms, () => code.upgrade('4.0.0'))
  expect(error).toMatchObject({
    code: 'NO_MIGRATION',
    phase: 'plan',
    from: '1.0.0',
    to: '4.0.0',
    expected: "codeChange['2.0.0'] in 4.0.0: a function or 'unchanged'",
    received: '3.0.0',
  })
  expect(isMoultError(error) && error.message).toContain('between 2.0.0 and 4.0.0')
  await code.load(roomFile('v3'))
  await code.upgrade('4.0.0')
  await expectNoOthers(rooms)
})

test('close() while a purge waits for a handler: both end', async () => {
  const gates = new TestGates()
  const { code, runtime, refs } = await open(1, { services: gates.services })
  await code.upgrade(roomFile('v2'), { only: ['room 0'] })
  const running = refs[0]!.call('wait', 'gate')
  await gates.reached('gate')
  const purged = code.purge('2.0.0')
  const closed = runtime.close()
  gates.open('gate')
  expect(await running).toBe('2.0.0')
  await Promise.all([purged, closed])
  expect(runtime.isolates).toBe(0)
  await expect(code.softPurge('1.0.0')).rejects.toMatchObject({ code: 'RUNTIME_CLOSED' })
})

test('a purge while an upgrade is under way is refused, and the upgrade goes on', async () => {
  const gates = new TestGates()
  const rooms = await open(1, {
    faultPoint: (phase) => (phase === 'transfer' ? gates.pass(phase) : undefined),
  })
  const { code, refs } = rooms
  await loadAll(code, 'v2', 'v3')
  const upgrade = code.upgrade('3.0.0')
  await gates.reached('transfer')
  for (const purge of [code.purge('2.0.0'), code.softPurge('2.0.0')]) {
    await expect(purge).rejects.toMatchObject({ code: 'UPGRADE_IN_PROGRESS' })
  }
  gates.open('transfer')
  await upgrade
  expect(labelsOf(refs)).toEqual(['3.0.0'])
  await code.softPurge('2.0.0')
  await expectNoOthers(rooms)
})

test('a process that is being made anew is stopped by a purge, too', async () => {
  const rooms = await open(1)
  const { code, refs } = rooms
  await code.upgrade(roomFile('v2'), { only: ['room 0'] })
  const [dying, behind] = [failure(refs[0]!.call('die')), refs[0]!.call('trail')]
  expect(await dying).toMatchObject({ code: 'ISOLATE_EXITED' })
  await code.purge('2.0.0')
  expect(await behind).toEqual(['2.0.0'])
  expect(code.processes).toEqual([])
  await expectNoOthers(rooms)
})
