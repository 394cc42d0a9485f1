// @module-tag once
import { expect, test } from 'vitest'
import { testRuntime } from '../support/runtime.ts'
import { TestGates } from './gates.ts'
import {
  Sender,
  expectNoOthers,
  expectUntouched,
  failure,
  labelsOf,
  open,
  roomFile,
  statesOf,
} from './rooms.ts'
import type { Room } from './rooms.ts'

test('a canary by share, twice, then all, under traffic: nothing lost, doubled or out of order', async () => {
  const rooms = await open(4)
  const { code, refs } = rooms
  const senders = refs.map((ref) => new Sender(ref))
  const moved = (): string[] => {
    return refs.filter(({ version }) => version === '2.0.0').map(({ name }) => name ?? '')
  }

  const first = await code.upgrade(roomFile('v2'), { only: 0.25 })
  expect(first.processes.map(({ name }) => name)).toEqual(moved())
  expect(moved()).toHaveLength(1)
  expect(code.version.version).toBe('1.0.0')
  const spawned = await code.spawn()
  expect([spawned.version, spawned.isPinned]).toEqual(['1.0.0', false])
  await spawned.stop()
  expect(await statesOf(code)).toEqual({ '1.0.0': 'current', '2.0.0': 'loaded' })

  expect((await code.upgrade('2.0.0', { only: 0.25 })).processes).toEqual([])
  const second = await code.upgrade('2.0.0', { only: 0.5 })
  expect(second.processes).toHaveLength(1)
  expect(moved()).toHaveLength(2)
  expect(code.version.version).toBe('1.0.0')

  const last = await code.upgrade(roomFile('v2'))
  expect(last.processes).toHaveLength(2)
  expect(moved()).toHaveLength(4)
  expect(code.version.version).toBe('2.0.0')
  expect(refs.some((ref) => ref.isPinned)).toBe(false)
  const answered = await Promise.all(senders.map((sender) => sender.end()))
  expect(answered.every((versions) => versions.join() === '1.0.0,2.0.0')).toBe(true)
  await expectNoOthers(rooms)
})

test.each([
  { only: 0.07, of: 10, count: 1 },
  { only: 0.3, of: 10, count: 3 },
  { only: 0.55, of: 20, count: 11 },
  { only: 1e-12, of: 3, count: 1 },
  { only: 1, of: 3, count: 3 },
])('$only of $of processes are $count', async ({ only, of, count }) => {
  const runtime = await testRuntime()
  // What counts is processes: they need no threads of their own.
  const code = await runtime.load<Room>(roomFile('v1'), { isolates: 1 })
  await Promise.all(Array.from({ length: of }, () => code.spawn()))
  const report = await code.upgrade(roomFile('v2'), { only, rehearse: false })
  expect(report.processes).toHaveLength(count)
})

test('a canary by name and id, each process once, however often it is named', async () => {
  const rooms = await open(3)
  const { code, refs } = rooms
  const only = ['room 2', refs[2]!.id, refs[0]!.id]
  const report = await code.upgrade(roomFile('v2'), { only })
  expect(report.processes.map(({ name }) => name)).toEqual(['room 2', 'room 0'])
  expect(labelsOf(refs)).toEqual(['2.0.0', '1.0.0', '2.0.0'])
  const error = await failure(code.upgrade('2.0.0', { only: ['room 1', 'nobody'] }))
  expect(error).toMatchObject({ code: 'UNKNOWN_PROCESS', received: 'nobody', phase: 'plan' })
  expect(labelsOf(refs)).toEqual(['2.0.0', '1.0.0', '2.0.0'])

  // The canary goes back by a downgrade to what is current.
  const back = await code.downgrade('1.0.0')
  expect(back.processes.map(({ name }) => name)).toEqual(['room 0', 'room 2'])
  expect(code.version.version).toBe('1.0.0')
  await expectNoOthers(rooms)
})

test.each(['throw', 'never', 'exit', 'function'] as const)(
  'a canary whose codeChange fails by %s leaves all as they were',
  async (by) => {
    const rooms = await open(4)
    const { code, refs } = rooms
    const extra = { in: '2.0.0', by }
    const settings = { extra, rehearse: false, only: 0.5, codeChangeTimeoutMs: 300 }
    const error = await expectUntouched(rooms, () => code.upgrade(roomFile('v2'), settings))
    expect(error).toMatchObject({ name: 'MoultError', phase: 'transfer', codeName: 'room' })
    expect(labelsOf(refs)).toEqual(refs.map(() => '1.0.0'))
    expect(await statesOf(code)).toEqual({ '1.0.0': 'current' })
    await expectNoOthers(rooms)
    await code.upgrade(roomFile('v2'), { only: 0.5 })
    expect(labelsOf(refs).toSorted()).toEqual(['1.0.0', '1.0.0', '2.0.0', '2.0.0'])
  },
)

test.each(['open', 'transfer', 'unload'] as const)(
  'a spawn while a canary is at %s starts on the version that is current',
  async (phase) => {
    const gates = new TestGates()
    const { code } = await open(2, {
      faultPoint: (at) => (at === phase ? gates.pass(at) : undefined),
    })
    const canary = code.upgrade(roomFile('v2'), { only: 0.5 })
    await gates.reached(phase)
    const spawned = code.spawn()
    gates.open(phase)
    await canary
    expect(await (await spawned).call('trail')).toEqual(['1.0.0'])
  },
)

test('a pinned process counts, but is moved only by its name, and stays pinned where it went', async () => {
  const { code, refs } = await open(2)
  const pinned = await code.spawn({ version: '1.0.0', name: 'pinned' })
  const all = await code.upgrade(roomFile('v2'), { only: 1 })
  expect(all.processes.map(({ name }) => name)).toEqual(['room 0', 'room 1'])
  const named = await code.upgrade('2.0.0', { only: ['pinned'] })
  expect(named.processes.map(({ name }) => name)).toEqual(['pinned'])
  expect([pinned.isPinned, pinned.version]).toEqual([true, '2.0.0'])
  await code.upgrade('2.0.0')
  expect((await code.upgrade(roomFile('v3'))).pinned).toEqual(['pinned'])
  expect(labelsOf([...refs, pinned])).toEqual(['3.0.0', '3.0.0', '2.0.0'])
})

test('only: no share, no name, is refused', async () => {
  const { code } = await open(0)
  for (const only of [0, 1.1, -0.5, Number.NaN, [], ['']]) {
    await expect(code.upgrade(roomFile('v2'), { only })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      path: expect.stringContaining('only') as string,
    })
  }
})
