import { setImmediate as turn } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import type { Payload } from '../../../../src/protocol/bytes/payload.ts'
import { decodeState } from '../../../../workers/tables/table-state.ts'
import { GraphSender } from '../../../../workers/state/graph/graph-sender.ts'
import { GraphTarget } from '../../../../workers/state/graph/graph-target.ts'
import type { GraphSlice } from '../../../../workers/state/graph/slice.ts'
import { SliceReceiver } from '../../../../workers/tables/slice-receiver.ts'
import { expectAlike } from './alike.ts'

interface State {
  readonly items: { n: number }[]
  odd?: unknown
}

/** A state that is sent to a target which takes each slice at once. */
function sending(state: State) {
  const target = new GraphTarget()
  const copies: unknown[] = []
  let answer: (answer: object) => void = () => undefined
  let applied = 0
  const port = {
    on: (event: string, listener: typeof answer) => {
      if (event === 'message') answer = listener
    },
    postMessage: (message: Payload | object) => {
      if ('keepsCopy' in message) copies.push(decodeState(target.copy()).rest)
      if (!('bytes' in message)) return
      target.receive(message)
      const last = ++applied
      setImmediate(() => answer({ applied: last, ms: 0.1 }))
    },
    close: () => undefined,
  } as unknown as MessagePort
  const sender = new GraphSender(() => state, port, Infinity)
  return { sender, target, copies }
}

function items(count: number): { n: number }[] {
  return Array.from({ length: count }, (_none, n) => ({ n }))
}

test('a state is sent in slices between turns, and what changes follows until the rest is taken', async () => {
  const state: State = { items: items(5_000) }
  const { sender, target, copies } = sending(state)
  const figures = sender.figures
  let turns = 0
  const told = { isSettled: false }
  void figures.then(() => (told.isSettled = true))
  while (!told.isSettled) {
    await turn()
    if (turns++ < 50) state.items[turns]!.n = -turns
  }
  // A fast machine needs few turns, and may be told while the state still changes.
  expect(turns).toBeGreaterThan(2)
  expect((await figures)?.left).toBeLessThan(50)
  state.items.push({ n: 1 })
  expect(sender.catchUpOrAbandon()).toBe(true)
  expectAlike(copies[0], state)
  state.items.push({ n: 2 })
  const rest = sender.finishOrAbandon()
  for (const slice of rest?.slices ?? []) target.apply(slice as GraphSlice)
  expectAlike(target.root, state)
  expect([sender.left > 0, sender.left < 50, sender.whole]).toEqual([true, true, undefined])
  sender.stop()
})

test('after a hand-over that failed the rest is sent, and the copy goes on', async () => {
  const state: State = { items: items(100) }
  const { sender, target } = sending(state)
  await sender.figures
  state.items.push({ n: -1 })
  sender.finishOrAbandon()
  sender.rollBack()
  expectAlike(target.root, state)
  state.items.pop()
  for (const slice of sender.finishOrAbandon()?.slices ?? []) target.apply(slice as GraphSlice)
  expectAlike(target.root, state)
  sender.stop()
})

test('what is added between two attempts and is no data is found by the second', async () => {
  const state: State = { items: items(100) }
  const { port1, port2 } = new MessageChannel()
  const receiver = new SliceReceiver(port2, new GraphTarget(), () => undefined)
  const sender = new GraphSender(() => state, port1, Infinity)
  onTestFinished(() => sender.stop())
  await sender.figures
  sender.finishOrAbandon()
  while (receiver.proof !== undefined) await turn()
  sender.rollBack()
  Object.assign(state.items[7]!, { [Symbol('late')]: 1 })
  const { sent = 0 } = sender.finishOrAbandon() ?? {}
  receiver.finish(sent, { awaitsProof: true })
  await expect(receiver.proof).rejects.toThrow(/symbol/i)
})

const reasons: readonly [what: string, odd: () => unknown, why: RegExp][] = [
  ['what is not data', () => () => 1, /a function/],
  [
    'what throws when it is read',
    () => ({ get a() { throw new Error('thrown by a getter') } }), // prettier-ignore
    /getter/,
  ],
]

test.each(reasons)('%s: the state goes as a whole, and why is told', async (_what, odd, why) => {
  const before = sending({ items: items(100), odd: odd() })
  expect(await before.sender.figures).toMatchObject({
    whole: expect.stringMatching(why) as unknown,
  })
  expect([before.sender.hasEnded, before.sender.whole]).toEqual([true, expect.stringMatching(why)])

  const state: State = { items: items(100) }
  const inPause = sending(state)
  await inPause.sender.figures
  state.odd = odd()
  expect(inPause.sender.finishOrAbandon()).toBeUndefined()
  expect(inPause.sender.whole).toMatch(why)

  const other: State = { items: items(100) }
  const followed = sending(other)
  await followed.sender.figures
  other.odd = odd()
  while (!followed.sender.hasEnded) await turn()
  expect(followed.sender.whole).toMatch(why)
})

test('where most of it changes in each round it goes as a whole, before the pause', async () => {
  const state: State = { items: items(6_000) }
  const { sender } = sending(state)
  const figures = sender.figures
  const told = { isSettled: false }
  void figures.then(() => (told.isSettled = true))
  let turns = 0
  while (!told.isSettled && turns++ < 5_000) {
    await turn()
    for (const each of state.items) each.n++
  }
  expect(await figures).toMatchObject({
    whole: expect.stringContaining('changed too much') as unknown,
  })
  expect(sender.hasEnded).toBe(true)
})

test('a sender that is stopped has no figures, and no reason', async () => {
  const { sender } = sending({ items: items(5_000) })
  sender.stop()
  expect(await sender.figures).toBeUndefined()
  expect([sender.hasEnded, sender.whole]).toEqual([true, undefined])
})
