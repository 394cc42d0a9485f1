import fc from 'fast-check'
import { MessageChannel } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { Outbox } from '../../../src/isolates/outbox.ts'
import type { FromMain } from '../../../src/protocol/wire/messages.ts'
import { MemoryPort } from '../../support/memory-port.ts'
import { readByThread } from '../../support/posted.ts'
import type { Entry } from '../../support/posted.ts'

/** A batch of so many elements is posted before the tick ends. */
const MAX_BATCH = 4096

const go = (slot: number): FromMain => ({ type: 'go', slot })
const tick = (): Promise<void> => Promise.resolve()

test('what is delivered in one tick goes out in one post, at its end', async () => {
  const port = new MemoryPort()
  const outbox = new Outbox(port)
  outbox.deliver(0, 0, 1, 'a')
  outbox.deliver(0, 1, 1, 'b')
  outbox.deliver(3, 0, 2, 'c')
  expect(port.read()).toEqual([])
  await tick()
  expect(port.read()).toEqual([[0, 0, 1, 2, 'a', 'b', 3, 0, 2, 1, 'c']])
  outbox.deliver(0, 2, 1, 'd')
  await tick()
  expect(port.read()).toEqual([[0, 2, 1, 1, 'd']])
})

test('one run holds what follows each other only: a number that is left out begins another', async () => {
  const port = new MemoryPort()
  const outbox = new Outbox(port)
  outbox.deliver(0, 5, 1, 'a')
  outbox.deliver(0, 7, 1, 'b')
  outbox.deliver(0, 8, 2, 'c')
  await tick()
  expect(port.read()).toEqual([[0, 5, 1, 1, 'a', 0, 7, 1, 1, 'b', 0, 8, 2, 1, 'c']])
})

test('no batch grows without end: a large one is posted before the tick is over', async () => {
  const port = new MemoryPort()
  const outbox = new Outbox(port)
  const count = 10_000
  for (let sequence = 0; sequence < count; sequence++) outbox.deliver(0, sequence, 1, sequence)
  const early = port.read()
  expect(early.length).toBeGreaterThan(1)
  for (const batch of early) expect((batch as unknown[]).length).toBe(MAX_BATCH)
  await tick()
  const payloads = readByThread([...early, ...port.read()]).map((each) => (each as Entry).value)
  expect(payloads).toEqual(Array.from({ length: count }, (_none, index) => index))
})

test('what is gathered keeps its place among what is delivered', async () => {
  const port = new MemoryPort()
  const outbox = new Outbox(port)
  outbox.deliver(0, 0, 1, 'a')
  outbox.gather(go(1))
  outbox.deliver(0, 1, 1, 'b')
  expect(port.read()).toEqual([])
  await tick()
  const messages = [[0, 0, 1, 1, 'a'], go(1), [0, 1, 1, 1, 'b']]
  expect(port.read()).toEqual([{ type: 'several', messages }])
})

test('one that is gathered alone goes out without a wrapper, with what moves', async () => {
  const port = new MemoryPort()
  const outbox = new Outbox(port)
  const page = new ArrayBuffer(4)
  outbox.gather({ type: 'answer', number: 1, threw: false, value: page }, [page])
  await tick()
  expect(port.read()).toMatchObject([{ type: 'answer', number: 1 }])
  expect(page.byteLength).toBe(0)
})

test('what was to move with one tick does not move again with the next', async () => {
  const port = new MemoryPort()
  const outbox = new Outbox(port)
  const { port1 } = new MessageChannel()
  onTestFinished(() => port1.close())
  outbox.gather({ type: 'answer', number: 1, threw: false, value: undefined }, [port1])
  await tick()
  // A port that moved already would be refused.
  outbox.gather(go(2))
  await tick()
  expect(readByThread(port.read())).toMatchObject([{ number: 1 }, go(2)])
})

test('what is posted goes out at once, behind what was delivered and gathered before', async () => {
  const port = new MemoryPort()
  const outbox = new Outbox(port)
  outbox.deliver(0, 0, 1, 'a')
  outbox.gather(go(1))
  outbox.post(go(2))
  expect(readByThread(port.read())).toMatchObject([{ value: 'a' }, go(1), go(2)])
  await tick()
  expect(port.read()).toEqual([])
})

test('one that cannot be cloned is refused, and what was before it and comes behind it goes out', async () => {
  const port = new MemoryPort()
  const outbox = new Outbox(port)
  outbox.deliver(0, 0, 1, 'a')
  const answer = { type: 'answer', number: 1, threw: false, value: () => undefined } as const
  expect(() => outbox.post(answer)).toThrow(expect.objectContaining({ name: 'DataCloneError' }))
  outbox.deliver(0, 1, 1, 'b')
  await tick()
  expect(readByThread(port.read())).toMatchObject([{ value: 'a' }, { value: 'b' }])
})

test('whatever is said, and however, the thread reads it in the order in which it was said, each once', async () => {
  const step = fc.record({
    how: fc.constantFrom('deliver', 'deliver', 'gather', 'post', 'tick'),
    slot: fc.nat(2),
    operation: fc.nat(1),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const port = new MemoryPort()
      const outbox = new Outbox(port)
      const said: unknown[] = []
      const next = [0, 0, 0]
      for (const [at, { how, slot, operation }] of steps.entries()) {
        if (how === 'tick') await tick()
        if (how === 'deliver') {
          const sequence = next[slot]!++
          outbox.deliver(slot, sequence, operation, at)
          said.push({ slot, sequence, kind: operation, value: at })
        }
        if (how !== 'gather' && how !== 'post') continue
        outbox[how](go(at))
        said.push(go(at))
      }
      await tick()
      expect(readByThread(port.read())).toEqual(said)
    }),
    { numRuns: 200 },
  )
})
