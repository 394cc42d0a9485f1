// @module-tag once
import { describe, expect, test } from 'vitest'
import { MoultError } from '../../../src/protocol/errors.ts'
import { NO_SEQUENCE, Outcome } from '../../../src/protocol/wire/messages.ts'
import { encodeThrown } from '../../../src/protocol/wire/thrown.ts'
import { MemoryIsolate } from '../../support/memory-isolate.ts'
import { Desk, code } from './desk.ts'

describe('the start', () => {
  test('delivers what was sent before the first state, behind it', async () => {
    const desk = new Desk()
    const [call] = desk.send('early')
    const started = desk.begin()
    expect(await desk.payloads()).toEqual([['p1', 'desk', 1]])
    expect(desk.process.lifecycle).toBe('starting')
    desk.tell(NO_SEQUENCE, Outcome.Initialised, undefined)
    await started
    expect(desk.process.lifecycle).toBe('running')
    expect(await desk.payloads()).toEqual(['early'])
    desk.tell(0, Outcome.Reply, 'done')
    expect(call?.ends).toEqual([{ value: 'done' }])
  })

  test('that fails gives the place up', async () => {
    const desk = new Desk()
    const started = desk.begin()
    desk.tell(NO_SEQUENCE, Outcome.NotInitialised, encodeThrown(new RangeError('no')))
    await expect(started).rejects.toThrow('no')
    expect([desk.process.lifecycle, desk.isolate.isLeaving]).toEqual(['starting', true])
  })

  test('of one that is stopped meanwhile comes to nothing', async () => {
    const desk = new Desk()
    const started = desk.begin()
    desk.process.beginStop('halt')
    desk.tell(NO_SEQUENCE, Outcome.Initialised, undefined)
    await expect(started).rejects.toThrow(code('PROCESS_STOPPED'))
    expect(desk.isolate.isLeaving).toBe(true)
  })

  test('does not miss the end of a thread that is seen together with the first state', async () => {
    const desk = new Desk()
    const started = desk.begin()
    // As it is when the thread's last posts are still unread as it ends.
    desk.isolate.say([0, NO_SEQUENCE, Outcome.Initialised, 1, undefined])
    desk.isolate.end()
    await expect(started).rejects.toThrow(code('ISOLATE_EXITED'))
    expect(desk.process.lifecycle).toBe('starting')
  })
})

describe('the end of the thread', () => {
  test('is a crash: the message that was handled fails, and the others wait for the next life', async () => {
    const desk = await Desk.running()
    const [one, two] = desk.send('one', 'two')
    await desk.read()
    desk.process.activation?.cell.markStarted(1)
    desk.isolate.end(3)
    expect(one?.ends).toEqual([{ error: code('ISOLATE_EXITED') }])
    expect(desk.told).toEqual([['crash', code('ISOLATE_EXITED')]])
    desk.process.life.beginRestart()
    desk.send('three')
    desk.isolate = new MemoryIsolate()
    await Promise.all([desk.start(), desk.process.life.endOfTransit()])
    desk.send('four')
    expect([two?.ends, desk.process.messages.inFlight]).toEqual([[], 3])
  })

  test('while it moves is left to who moves it', async () => {
    const desk = await Desk.running()
    const place = desk.process.suspend()
    desk.isolate.end(3)
    expect(desk.told).toEqual([])
    desk.process.rollBack(place)
    expect(desk.told).toEqual([['crash', code('ISOLATE_EXITED')]])
  })

  test('to which it has moved is a crash when it is settled', async () => {
    const desk = await Desk.running()
    desk.process.suspend()
    const { isolate, place } = desk.next()
    desk.process.moveTo(place)
    isolate.end(3)
    expect(desk.told).toEqual([])
    desk.process.settle(place)
    expect(desk.told).toEqual([['crash', code('ISOLATE_EXITED')]])
  })

  test('that it has left is nothing to it', async () => {
    const desk = await Desk.running()
    desk.process.suspend()
    const { place } = desk.next()
    desk.process.moveTo(place)
    desk.process.settle(place)
    desk.isolate.end(3)
    expect([desk.told, desk.process.lifecycle]).toEqual([[], 'running'])
  })

  test('while it stops fails all that is left, and nothing is waited for any more', async () => {
    const desk = await Desk.running()
    const [one, two] = desk.send('one', 'two')
    await desk.read()
    desk.process.activation?.cell.markStarted(1)
    desk.process.beginStop('drain')
    const drained = desk.process.drained()
    desk.isolate.end(3)
    await drained
    expect(one?.ends).toEqual([{ error: code('ISOLATE_EXITED') }])
    expect(two?.ends).toEqual([{ error: code('PROCESS_STOPPED') }])
    expect(desk.told).toEqual([])
  })
})

test('a caller that stops waiting is told once, and its message is left out', async () => {
  const desk = await Desk.running()
  const place = desk.process.suspend()
  const [one, two] = desk.send('one', 'two')
  const reason = new MoultError('CALL_TIMEOUT', 'late')
  for (const each of [reason, new MoultError('CALL_ABORTED', 'later')]) {
    desk.process.abandon(one!.message, each)
  }
  desk.process.rollBack(place)
  expect(await desk.payloads()).toEqual(['two'])
  expect([one?.ends, two?.ends]).toEqual([[{ error: reason }], []])
})
