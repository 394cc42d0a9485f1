// @module-tag once
import { describe, expect, test } from 'vitest'
import { MoultError } from '../../../src/protocol/errors.ts'
import { Outcome } from '../../../src/protocol/wire/messages.ts'
import { encodeThrown } from '../../../src/protocol/wire/thrown.ts'
import { sent } from '../../support/told-process.ts'
import type { Sent } from '../../support/told-process.ts'
import { Dispatched, calls, operations, payloads } from './dispatched.ts'

describe('what is accepted', () => {
  test('goes out in order, under numbers that follow each other', async () => {
    const desk = new Dispatched()
    desk.accept(sent('get', 'a'), sent('put', 'b', 'cast'), sent('old', 'c'))
    expect(await desk.send()).toEqual([
      { slot: 0, sequence: 0, kind: operations.get, value: 'a' },
      { slot: 0, sequence: 1, kind: operations.put, value: 'b' },
      { slot: 0, sequence: 2, kind: operations.old, value: 'c' },
    ])
    expect([desk.dispatch.size, desk.dispatch.inFlight]).toEqual([3, 3])
    expect(await desk.send()).toEqual([])
  })

  test('is not more at a time than the window, and goes on where room is made', async () => {
    const desk = new Dispatched()
    const all = calls(1500)
    desk.accept(...all)
    expect(await desk.send()).toHaveLength(1024)
    desk.tell(0, Outcome.Reply, 'a', 'b')
    expect(payloads(await desk.send())).toEqual([1024, 1025])
    expect(desk.dispatch.inFlight).toBe(1024)
    // Where one is handled at a time nothing ends before what is at the head.
    desk.tell(5, Outcome.Reply, 'c')
    expect(await desk.send()).toEqual([])
  })

  test('does not wait for handlers that run on, where several are handled at once', async () => {
    const desk = new Dispatched({ capacity: 1100 })
    desk.dispatch.handledAtOnce = 3
    const [slow, ...others] = calls(1100)
    desk.accept(slow!, ...others)
    await desk.send()
    for (let sequence = 2; sequence < 1024; sequence++) desk.tell(sequence, Outcome.Reply, 'a')
    expect(await desk.send()).toHaveLength(76)
    desk.accept(...calls(50))
    expect([desk.dispatch.size, desk.dispatch.inFlight]).toEqual([128, 78])
    desk.tell(0, Outcome.Reply, 'late')
    expect(slow!.ends).toEqual([{ value: 'late' }])
    expect(desk.dispatch.size).toBe(127)
  })

  test('must be known to the version that serves', () => {
    const desk = new Dispatched()
    expect(() => desk.accept(sent('none'))).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_CALL' }),
    )
    expect(() => desk.accept(sent('get', 1, 'cast'))).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_CAST', process: 'desk' }),
    )
    expect(desk.dispatch.size).toBe(0)
  })

  test('is no more than the capacity', () => {
    const desk = new Dispatched({ capacity: 2 })
    desk.accept(...calls(2))
    expect(() => desk.accept(sent('get'))).toThrow(
      expect.objectContaining({ code: 'MAILBOX_FULL' }),
    )
    expect(desk.dispatch.size).toBe(2)
  })

  test('pushes the oldest that waits out under drop-oldest, and its caller is told', async () => {
    const desk = new Dispatched({ capacity: 4, policy: 'drop-oldest' })
    const all = calls(4)
    desk.accept(...all)
    expect(await desk.send()).toHaveLength(2)
    const late = sent('get', 'late')
    desk.accept(late)
    expect(all[2]?.ends).toMatchObject([{ error: { code: 'MAILBOX_FULL' } }])
    desk.tell(0, Outcome.Reply, 0, 1)
    expect(payloads(await desk.send())).toEqual([3, 'late'])
  })

  test('is refused itself under drop-newest; of a cast the owner is told', () => {
    const desk = new Dispatched({ capacity: 1, policy: 'drop-newest' })
    const [kept, call, cast] = [sent('get'), sent('get'), sent('put', 1, 'cast')]
    desk.accept(kept, call, cast)
    expect(call.ends).toMatchObject([{ error: { code: 'MAILBOX_FULL' } }])
    expect(desk.castsFailed).toMatchObject([['put', { code: 'MAILBOX_FULL' }]])
    expect([kept.ends, desk.dispatch.size]).toEqual([[], 1])
  })
})

describe('what comes back', () => {
  test('settles each call with its own reply or error, in whatever order', async () => {
    const desk = new Dispatched()
    const [one, two, three] = [sent('get'), sent('get'), sent('get')]
    desk.accept(one, two, three)
    await desk.send()
    desk.tell(2, Outcome.Reply, 'third')
    desk.tell(1, Outcome.CallThrew, encodeThrown(new RangeError('second')))
    desk.tell(0, Outcome.Reply, 'first')
    expect([one.ends, three.ends]).toEqual([[{ value: 'first' }], [{ value: 'third' }]])
    expect(two.ends).toMatchObject([{ error: { name: 'RangeError', message: 'second' } }])
    expect(desk.dispatch.size).toBe(0)
    expect(desk.totals).toMatchObject({ calls: 3, casts: 0, failed: 1 })
  })

  test('finishes casts up to a number, and leaves calls whose replies are on their way', async () => {
    const desk = new Dispatched()
    const call = sent('get')
    desk.accept(sent('put', 1, 'cast'), call, sent('put', 2, 'cast'), sent('put', 3, 'cast'))
    await desk.send()
    desk.tell(3, Outcome.Progress, undefined)
    expect(desk.totals).toMatchObject({ calls: 0, casts: 2 })
    expect([call.ends.length, desk.dispatch.size]).toEqual([0, 3])
    desk.tell(1, Outcome.Reply, 'late')
    expect([call.ends, desk.dispatch.size]).toEqual([[{ value: 'late' }], 1])
    desk.tell(4, Outcome.Progress, undefined)
    expect([desk.totals.casts, desk.dispatch.size]).toEqual([3, 0])
  })

  test('tells the owner of a cast that threw, which has finished when that is said', async () => {
    const desk = new Dispatched()
    desk.accept(sent('put', 1, 'cast'))
    await desk.send()
    desk.tell(0, Outcome.CastThrew, encodeThrown(new Error('broken')))
    expect(desk.castsFailed).toMatchObject([['put', { message: 'broken' }]])
    expect(desk.dispatch.size).toBe(1)
    desk.tell(0, Outcome.Finished, undefined)
    expect(desk.dispatch.size).toBe(0)
  })

  test('is ignored for numbers that are not in flight', async () => {
    const desk = new Dispatched()
    const call = sent('get')
    desk.accept(call)
    await desk.send()
    desk.tell(7, Outcome.Reply, 'of another')
    desk.tell(-3, Outcome.Reply, 'of another')
    desk.tell(90, Outcome.Progress, undefined)
    expect([call.ends, desk.dispatch.size]).toEqual([[], 1])
  })

  test('from where the process lived before is not taken for what it has in flight now', async () => {
    const desk = new Dispatched()
    const [one, two] = [sent('get', 'one'), sent('get', 'two')]
    desk.accept(one, two)
    await desk.send()
    const { isolate } = desk
    desk.dispatch.takeBack()
    desk.move()
    expect(await desk.send()).toMatchObject([{ sequence: 2 }, { sequence: 3 }])
    isolate.tell(0, 0, Outcome.Reply, 'late')
    expect([one.ends, two.ends]).toEqual([[], []])
    desk.tell(2, Outcome.Reply, 'new', 'newer')
    expect([one.ends, two.ends]).toEqual([[{ value: 'new' }], [{ value: 'newer' }]])
  })
})

describe('a message whose caller stops waiting', () => {
  const reason = new MoultError('CALL_ABORTED', 'aborted')

  function abandon(desk: Dispatched, { message }: Sent): void {
    message.abandon(reason)
    desk.dispatch.forget(message, desk.place, reason)
  }

  test('before it is sent is never sent', async () => {
    const desk = new Dispatched()
    const [one, two] = [sent('get', 'one'), sent('get', 'two')]
    desk.accept(one, two)
    abandon(desk, one)
    expect(await desk.send()).toEqual([
      { slot: 0, sequence: 0, kind: operations.get, value: 'two' },
    ])
    expect(one.ends).toEqual([{ error: reason }])
  })

  test('in flight is left out there if the thread hears of it in time, and its reply comes to nothing', async () => {
    const desk = new Dispatched()
    const call = sent('get')
    desk.accept(call)
    await desk.send()
    abandon(desk, call)
    expect(desk.isolate.read()).toMatchObject([
      {
        type: 'forget',
        sequence: 0,
        isLeftOut: true,
        reason: { fields: { code: 'CALL_ABORTED' } },
      },
    ])
    desk.tell(0, Outcome.Reply, 'late')
    expect([call.ends, desk.dispatch.size]).toEqual([[{ error: reason }], 0])
  })

  test('and is left out there has finished when those around it have', async () => {
    const desk = new Dispatched()
    const call = sent('get')
    desk.accept(call)
    await desk.send()
    abandon(desk, call)
    desk.tell(1, Outcome.Progress, undefined)
    expect(desk.dispatch.size).toBe(0)
  })

  test('behind its end says nothing of another that has its number', async () => {
    const desk = new Dispatched()
    const [one, two] = [sent('get'), sent('get')]
    desk.accept(one)
    await desk.send()
    desk.dispatch.takeBack()
    desk.accept(two)
    desk.dispatch.forget(one.message, desk.place, reason)
    expect(desk.isolate.read()).toEqual([])
  })
})
