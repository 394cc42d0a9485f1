// @module-tag once
import { expect, test } from 'vitest'
import { Outcome } from '../../../src/protocol/wire/messages.ts'
import { sent } from '../../support/told-process.ts'
import { Desk } from './desk.ts'

test('progress up to a message that has let go is not its end', async () => {
  const desk = await Desk.running()
  const [stream] = desk.send('stream')
  const pushed = sent('put', 'pushed', 'cast')
  desk.process.send(pushed.message)
  await desk.read()
  desk.isolate.say({ type: 'let-go', slot: 0, sequence: 0 })
  desk.isolate.arrive()
  desk.tell(0, Outcome.Progress, undefined)
  expect([stream?.ends, desk.process.messages.unfinished]).toEqual([[], 2])
  desk.tell(1, Outcome.Finished, undefined)
  expect(desk.process.messages.unfinished).toBe(1)
  desk.tell(0, Outcome.Reply, 'told')
  expect([stream?.ends, desk.process.messages.unfinished]).toEqual([[{ value: 'told' }], 0])
})
