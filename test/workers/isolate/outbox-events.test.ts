import { expect, test } from 'vitest'
import { Outcome } from '../../../src/protocol/wire/messages.ts'
import { Outbox } from '../../../workers/isolate/outbox.ts'
import { MemoryPort } from '../../support/memory-port.ts'

function made(): { port: MemoryPort; outbox: Outbox } {
  const port = new MemoryPort()
  return { port, outbox: new Outbox(port) }
}

const tick = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

test('events go out with the replies, in order, as they were', async () => {
  const { port, outbox } = made()
  const data = { at: 1 }
  outbox.reply(0, 4, Outcome.Reply, 'a')
  outbox.event(0, 1, data)
  data.at = 2
  outbox.event(0, 1, data)
  outbox.reply(0, 5, Outcome.Reply, 'b')
  expect(port.read()).toEqual([])
  await tick()
  const events = [0, 1, Outcome.Event, 1, { at: 1 }, 0, 1, Outcome.Event, 1, { at: 2 }]
  expect(port.read()).toEqual([[0, 4, 0, 1, 'a', ...events, 0, 5, 0, 1, 'b']])
})

test('events that are many in one turn are not one post', async () => {
  const { port, outbox } = made()
  for (let at = 0; at < 1_000; at++) outbox.event(0, 0, at)
  await tick()
  const posts = port.read() as unknown[][]
  expect(posts.length).toBeGreaterThan(5)
  const values = posts.flatMap((post) => post.filter((_each, at) => at % 5 === 4))
  expect(values).toEqual(Array.from({ length: 1_000 }, (_none, at) => at))
})

test('events that do not cross are refused, and what was gathered goes out', async () => {
  const { port, outbox } = made()
  outbox.reply(0, 4, Outcome.Reply, 'a')
  expect(() => outbox.event(0, 0, { a: () => 1 })).toThrow('data.a')
  await tick()
  expect(port.read()).toEqual([[0, 4, 0, 1, 'a']])
})
