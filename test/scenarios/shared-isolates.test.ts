import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import type { ProcessRef } from 'moult'
import { expect, test } from 'vitest'
import { rejection } from './contract-programs.ts'
import { expectWhole, files, share, versionsOf } from './shared.ts'
import type { Room } from './shared.ts'

/** The thread in which each room lives. */
function threads(rooms: readonly ProcessRef<Room>[]): Promise<number[]> {
  return Promise.all(rooms.map(async (room) => (await room.inspect()).threadId))
}

test('processes of one version share so many threads, each with its own state, as many in one as in the other', async () => {
  const { runtime, rooms } = await share(2500, 2)
  await expectWhole(rooms, 0)
  const used = await threads(rooms.slice(0, 100))
  expect(new Set(used).size).toBe(2)
  expect(used.filter((thread) => thread === used[0])).toHaveLength(50)
  await expect.poll(() => runtime.isolates).toBe(2)
})

test('a throw harms nobody, an unknown call is refused, and each reply comes to its caller', async () => {
  const { rooms } = await share(50, 1)
  const thrown = rejection(rooms[7]!.call('throw'))
  const replies = rooms.map((room) => room.call('enter', { sender: 'me', number: 1 }))
  expect(await thrown).toMatchObject({ name: 'RangeError', message: 'the handler says no' })
  expect(await Promise.all(replies)).toEqual(rooms.map((_, index) => 1001 + index))
  await expectWhole(rooms, 1)
})

test('a thread that dies takes its share along: each is told and made anew, the others never notice', async () => {
  const { runtime, rooms } = await share(20, 2)
  const crashed: string[] = []
  runtime.on('crashed', ({ process }) => crashed.push(process))
  const before = await threads(rooms)
  const theirs = rooms.filter((_, index) => before[index] === before[0])
  const others = rooms.filter((_, index) => before[index] !== before[0])
  await Promise.all(rooms.map((room) => room.call('enter', { sender: 'me', number: 1 })))
  const dying = rejection(rooms[0]!.call('die'))
  const behind = theirs.slice(1).map((room) => room.call('get'))
  expect(await dying).toMatchObject({ code: 'ISOLATE_EXITED', process: 'room 0' })
  const starts = theirs.slice(1).map((room) => 1000 + Number(room.name?.slice(5)))
  const found = await Promise.all(behind)
  // Those that were handled before it died had counted one more.
  found.forEach((count, index) => expect([starts[index], starts[index]! + 1]).toContain(count))
  await expect.poll(() => crashed.length).toBe(theirs.length)
  for (const room of others) expect((await room.call('look')).last).toEqual({ me: 1 })
  for (const room of theirs) expect((await room.call('look')).last).toEqual({})
})

test('a handler that ends only as its process leaves is answered, what waits behind it is not handled, and neighbours never notice', async () => {
  const { gates, rooms } = await share(2, 1, { exitGraceMs: 60_000 })
  const [one, two] = rooms
  const begun = one!.call('lastWord', 'here')
  await gates.reached('here')
  const behind = Array.from({ length: 50 }, () => rejection(one!.call('get')))
  gates.open('here')
  await one!.stop({ timeoutMs: 0 })
  expect(await begun).toBe(1000)
  for (const each of behind) expect(await each).toMatchObject({ code: 'PROCESS_STOPPED' })
  expect(await two!.call('get')).toBe(1001)
})

test('a handler that holds the thread as its process is stopped ends with the thread, and the neighbour is made anew', async () => {
  const { runtime, rooms } = await share(2, 1, { exitGraceMs: 100 })
  const [one, two] = rooms
  const [thread] = await threads(rooms)
  const restarted = once(runtime, 'restarted')
  const holds = rejection(one!.call('loop'))
  const behind = two!.call('get')
  await one!.stop({ timeoutMs: 0 })
  expect(await holds).toMatchObject({ code: 'PROCESS_STOPPED' })
  expect(await behind).toBe(1001)
  expect(await restarted).toMatchObject([{ process: 'room 1' }])
  expect(await threads([two!])).not.toEqual([thread])
})

test('callers that stop waiting while a process leaves harm nobody', async () => {
  const { runtime, gates, rooms } = await share(3, 1, { exitGraceMs: 60_000 })
  const [one, two] = rooms
  const crashed: string[] = []
  runtime.on('crashed', ({ process }) => crashed.push(process))
  const abort = new AbortController()
  const begun = rejection(one!.with({ signal: abort.signal }).call('wait', 'slow'))
  await gates.reached('slow')
  const stopped = one!.stop({ drain: false, timeoutMs: 0 })
  expect(await two!.call('get')).toBe(1001)
  abort.abort()
  expect(await begun).toMatchObject({ code: 'CALL_ABORTED' })
  expect(await two!.call('get')).toBe(1001)
  gates.open('slow')
  await stopped
  expect(await two!.call('get')).toBe(1001)
  expect(crashed).toEqual([])
})

test('a handler that outlasts the grace too is left alone, and its caller told that it had begun', async () => {
  const { gates, rooms } = await share(2, 1, { exitGraceMs: 2000 })
  const [one, two] = rooms
  const begun = rejection(one!.call('wait', 'for ever'))
  await gates.reached('for ever')
  const behind = rejection(one!.call('get'))
  await one!.stop({ timeoutMs: 0 })
  const message = "room 0 was stopped while it handled the call 'wait'"
  expect(await begun).toMatchObject({ code: 'PROCESS_STOPPED', message })
  expect(await behind).toMatchObject({ message: 'room 0 has stopped' })
  gates.open('for ever')
  expect(await two!.call('get')).toBe(1001)
})

test('a process that stops leaves its place to the next; the last one takes the thread along', async () => {
  const { runtime, code, rooms } = await share(4, 1)
  await expect.poll(() => runtime.isolates).toBe(1)
  const [thread] = await threads(rooms)
  await rooms[1]!.stop()
  expect(await rejection(rooms[1]!.call('get'))).toMatchObject({ code: 'PROCESS_STOPPED' })
  const next = await code.spawn({ name: 'room 1', args: { start: 5 } })
  expect((await next.inspect()).threadId).toBe(thread)
  expect(await next.call('get')).toBe(5)
  for (const room of [...rooms, next]) await room.stop()
  await expect.poll(() => runtime.isolates).toBe(0)
  const again = await code.spawn({ args: { start: 6 } })
  expect(await again.call('get')).toBe(6)
})

test('a handler that still runs when its process is stopped says nothing to whoever has its place', async () => {
  const { code, gates, rooms } = await share(2, 1)
  const waiting = rejection(rooms[0]!.call('wait', 'late'))
  await gates.reached('late')
  await rooms[0]!.stop({ timeoutMs: 10 })
  expect(await waiting).toMatchObject({ code: 'PROCESS_STOPPED' })
  const next = await code.spawn({ args: { start: 5 } })
  const reply = next.call('wait', 'next')
  await gates.reached('next')
  gates.open('late')
  expect(await rooms[1]!.call('get')).toBe(1001)
  gates.open('next')
  expect(await reply).toBe(6)
})

test('a process that steps over itself leaves its neighbours alone', async () => {
  const { runtime, code, gates, rooms } = await share(3, 1)
  const [one, ...others] = rooms as [ProcessRef<Room>, ...ProcessRef<Room>[]]
  const crashed: string[] = []
  runtime.on('crashed', ({ process }) => crashed.push(process))
  await Promise.all(rooms.map((room) => room.call('enter', { sender: 'me', number: 1 })))
  await code.load(files.v2)
  const upgraded = once(runtime, 'upgraded')
  gates.open('renew')
  await one.call('renew', 'renew')
  await upgraded
  // Whatever is said to the place that it has left has been by then.
  await turn()
  expect(await Promise.all(others.map((room) => room.call('get')))).toEqual([1002, 1003])
  expect(crashed).toEqual([])
  expect(versionsOf(rooms)).toEqual({ '1.0.0': 2, '2.0.0': 1 })
  await expectWhole(rooms, 1)
})

test('a handler that asks for a newer version as its process leaves harms nobody', async () => {
  const { runtime, code, gates, rooms } = await share(2, 1, { exitGraceMs: 60_000 })
  const [one, two] = rooms
  const crashed: string[] = []
  runtime.on('crashed', ({ process }) => crashed.push(process))
  await code.load(files.v2)
  const begun = one!.call('lastRenew', 'here')
  await gates.reached('here')
  gates.open('here')
  await one!.stop({ drain: false, timeoutMs: 0 })
  await begun
  await turn()
  expect(await two!.call('get')).toBe(1001)
  expect(crashed).toEqual([])
  expect(two!.version).toBe('1.0.0')
})

test('an init that fails harms nobody, and its place is free', async () => {
  const { code, rooms } = await share(3, 1)
  const bad = code.spawn({ name: 'bad', args: undefined as never })
  expect(await rejection(bad)).toMatchObject({ code: 'INIT_FAILED', process: 'bad' })
  await expectWhole(rooms, 0)
  expect(await (await code.spawn({ name: 'bad', args: { start: 1 } })).call('get')).toBe(1)
})

test('processes in one thread call each other', async () => {
  const { rooms } = await share(3, 1)
  const asked = rooms.slice(0, 2).map((room) => room.call('ask', 'room 2'))
  expect(await Promise.all(asked)).toEqual([1002, 1002])
  expect(await rejection(rooms[2]!.call('ask', 'room 2'))).toMatchObject({ code: 'SELF_CALL' })
})

test('a long queue of one does not keep the others from their turns', async () => {
  const { rooms } = await share(2, 1)
  let hot = 0
  const queue = Array.from({ length: 5000 }, (_, index) =>
    rooms[0]!.call('enter', { sender: 'me', number: index + 1 }).then(() => hot++),
  )
  await rooms[1]!.call('get')
  // Without turns it would be answered behind all that had been sent before.
  expect(hot).toBeLessThan(5000)
  await Promise.all(queue)
  expect((await rooms[0]!.call('look')).wrong).toEqual([])
})

test('an option that makes no sense is refused', async () => {
  const { runtime } = await share(1, 1)
  for (const isolates of [0, 1.5, -1, 'shared', Infinity]) {
    const load = runtime.load(files.v2, { isolates: isolates as number })
    expect(await rejection(load)).toMatchObject({ code: 'INVALID_OPTION', path: 'isolates' })
  }
})

test('one process alone is upgraded, pinned, and goes back', async () => {
  const { code, rooms } = await share(5, 1)
  await code.load(files.v2)
  await rooms[2]!.upgrade('2.0.0')
  expect(versionsOf(rooms)).toEqual({ '1.0.0': 4, '2.0.0': 1 })
  expect(rooms[2]!.isPinned).toBe(true)
  await rooms[2]!.downgrade('1.0.0')
  await expectWhole(rooms, 0)
  expect((await rooms[2]!.call('look')).trail).toEqual(['up', 'down'])
})

test.each(['all hot', 'skewed'])('%s: all are served, each in its own order', async (load) => {
  const { rooms } = await share(40, 2)
  const counts = rooms.map((_, index) =>
    load === 'all hot' ? 200 : Math.floor(4000 / (index + 1)),
  )
  const done: number[] = []
  const served = rooms.map(async (room, index) => {
    const replies = Array.from({ length: counts[index]! }, (_, at) =>
      room.call('enter', { sender: 'me', number: at + 1 }),
    )
    const found = await Promise.all(replies)
    expect(found).toEqual(replies.map((_, at) => 1001 + index + at))
    done.push(index)
  })
  await Promise.all(served)
  const looks = await Promise.all(rooms.map((room) => room.call('look')))
  expect(looks.flatMap(({ wrong }) => wrong)).toEqual([])
  // Whoever has the longest queue does not come first, though it was sent first.
  if (load === 'skewed') expect(done[0]).not.toBe(0)
})
