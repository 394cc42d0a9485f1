import { expect, test } from 'vitest'
import { EventStream } from '../../../src/processes/event-stream.ts'
import type { EventLimits } from '../../../src/processes/event-stream.ts'

/** A stream with room for two, and how often it has been left. */
function streamOf(overflow: EventLimits['overflow'] = 'reject'): {
  readonly stream: EventStream
  readonly left: () => number
} {
  let count = 0
  const stream = new EventStream('p', 'moved', { capacity: 2, overflow }, () => count++)
  return { stream, left: () => count }
}

const END = { done: true, value: undefined }

test('readers that wait are served in their order, and take no room', async () => {
  const { stream } = streamOf()
  const reads = [stream.next(), stream.next(), stream.next()]
  for (let at = 0; at < 5; at++) stream.take(at)
  const values = (await Promise.all(reads)).map(({ value }) => value)
  expect(values).toEqual([0, 1, 2])
  expect([(await stream.next()).value, (await stream.next()).value]).toEqual([3, 4])
})

test('one too many ends it, once, and an end of the process does not hide that', async () => {
  const { stream, left } = streamOf()
  for (let at = 0; at < 3; at++) stream.take(at)
  stream.end()
  expect(left()).toBe(1)
  expect([(await stream.next()).value, (await stream.next()).value]).toEqual([0, 1])
  await expect(stream.next()).rejects.toMatchObject({ code: 'EVENTS_MISSED', process: 'p' })
  expect(await stream.next()).toEqual(END)
  await stream.return()
  expect(left()).toBe(1)
})

test.each([
  ['drop-oldest', [2, 3]],
  ['drop-newest', [0, 1]],
] as const)('%s goes on', async (overflow, kept) => {
  const { stream, left } = streamOf(overflow)
  for (let at = 0; at < 4; at++) stream.take(at)
  expect([(await stream.next()).value, (await stream.next()).value]).toEqual(kept)
  expect([stream.dropped, left()]).toEqual([2, 0])
})

test('one that is left ends its readers, and forgets what waited', async () => {
  const { stream, left } = streamOf()
  const read = stream.next()
  expect(await stream.return()).toEqual(END)
  expect(await read).toEqual(END)
  const full = streamOf()
  full.stream.take(1)
  await full.stream.return()
  expect(await full.stream.next()).toEqual(END)
  expect([left(), full.left()]).toEqual([1, 1])
})

test('at the end of its process what waits can be read, and it need not be left', async () => {
  const { stream, left } = streamOf()
  stream.take(1)
  stream.end()
  expect(await stream.next()).toEqual({ done: false, value: 1 })
  expect(await stream.next()).toEqual(END)
  expect(left()).toBe(0)
})
