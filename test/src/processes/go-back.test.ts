// @module-tag once
import { describe, expect, test } from 'vitest'
import { MoultError } from '../../../src/protocol/errors.ts'
import { numberInWay } from '../../../src/protocol/definition/contract.ts'
import { encodeThrown } from '../../../src/protocol/wire/thrown.ts'
import { Outcome } from '../../../src/protocol/wire/messages.ts'
import { MessageLog } from '../../../src/processes/message-log.ts'
import type { WentBack } from '../../../src/processes/replays.ts'
import type { Entry } from '../../support/posted.ts'
import { sent, versionOf } from '../../support/told-process.ts'
import type { Sent } from '../../support/told-process.ts'
import { Dispatched, act, calls, definition, operations, payloads } from './dispatched.ts'

const reason = new MoultError('ISOLATE_EXITED', 'gone')
const first = versionOf(definition)

/** A desk with a log, where messages have been sent. */
async function logged(...all: Sent[]): Promise<Dispatched> {
  const desk = new Dispatched()
  desk.dispatch.log = new MessageLog()
  desk.accept(...all)
  await desk.send()
  return desk
}

/** Goes back to a place of `version`. */
function goBack(desk: Dispatched, replays = () => true, version = first): WentBack {
  const left = desk.place
  const back = desk.dispatch.goBack(left, { version, replays, reason })
  desk.move(version)
  return back
}

describe('a process that goes on from an earlier state', () => {
  test('replays what was answered, and handles the rest, in one order and before what waits', async () => {
    const all = calls(4)
    const desk = await logged(...all)
    desk.mark(3, 2)
    desk.tell(0, Outcome.Reply, 'a', 'b')
    desk.accept(sent('get', 'later'))
    expect(goBack(desk)).toEqual({ replayed: 2, lost: undefined })
    const read = (await desk.send()) as Entry[]
    expect(payloads(read)).toEqual([0, 1, 2, 3, 'later'])
    const replayed = numberInWay(operations.get, 'replayed')
    expect(read.map(({ kind }) => kind)).toEqual([replayed, replayed, 0, 0, 0])
    expect(read.map(({ sequence }) => sequence)).toEqual([4, 5, 6, 7, 8])
  })

  test('tells the end of each message once, and counts it once', async () => {
    const all = [sent('get', 1), sent('put', 2, 'cast'), sent('get', 3)]
    const desk = await logged(...all)
    desk.mark(3)
    desk.tell(0, Outcome.Reply, 'first')
    desk.tell(1, Outcome.CastThrew, encodeThrown(reason))
    desk.tell(1, Outcome.Finished, undefined)
    const { totals } = desk
    goBack(desk)
    await desk.send()
    desk.tell(3, Outcome.Reply, 'again')
    desk.tell(4, Outcome.CastThrew, encodeThrown(reason))
    desk.tell(4, Outcome.Finished, undefined)
    desk.tell(5, Outcome.Reply, 'third')
    expect(all.map(({ ends }) => ends)).toEqual([[{ value: 'first' }], [], [{ value: 'third' }]])
    expect(desk.castsFailed).toHaveLength(1)
    expect(totals).toMatchObject({ calls: 2, casts: 1, failed: 1 })
    desk.dispatch.trim()
    expect(desk.dispatch.size).toBe(0)
  })

  test('tells what it does not replay as lost, by its range', async () => {
    const desk = await logged(...calls(5))
    desk.mark(4)
    desk.tell(0, Outcome.Reply, 'a', 'b', 'c')
    const lost = { count: 3, from: 0, to: 2 }
    expect(goBack(desk, () => false)).toEqual({ replayed: 0, lost })
    expect(payloads(await desk.send())).toEqual([3, 4])
  })

  test('does not replay what its version does not know', async () => {
    const desk = await logged(sent('get', 1), sent('old', 2), sent('get', 3))
    desk.mark(3)
    desk.tell(0, Outcome.Reply, 'a', 'b', 'c')
    const version = versionOf({ ...definition, version: '0', calls: { get: act } })
    expect(goBack(desk, () => true, version)).toEqual({
      replayed: 2,
      lost: { count: 1, from: 1, to: 1 },
    })
    expect(payloads(await desk.send())).toEqual([1, 3])
  })

  test('leaves out what its caller has given up before it began, and replays what had begun', async () => {
    const [begun, waiting] = [sent('get', 'begun'), sent('get', 'waiting')]
    const desk = await logged(begun, waiting)
    desk.mark(1, 0)
    begun.message.abandon(reason)
    waiting.message.abandon(reason)
    expect(goBack(desk)).toEqual({ replayed: 1, lost: undefined })
    expect(payloads(await desk.send())).toEqual(['begun'])
  })

  test('handles again what had let go of the state', async () => {
    const call = sent('get', 'long')
    const desk = await logged(call)
    desk.mark(1, 0)
    desk.dispatch.addLetGo(0, desk.place)
    desk.dispatch.trim()
    expect(goBack(desk)).toEqual({ replayed: 0, lost: undefined })
    expect(payloads(await desk.send())).toEqual(['long'])
    desk.tell(1, Outcome.Reply, 'done')
    expect(call.ends).toEqual([{ value: 'done' }])
    expect(desk.dispatch.unfinished).toBe(0)
  })

  test('replays nothing twice where it goes back once more', async () => {
    const desk = await logged(...calls(2))
    desk.mark(2)
    desk.tell(0, Outcome.Reply, 'a', 'b')
    goBack(desk)
    expect(goBack(desk)).toEqual({ replayed: 0, lost: undefined })
  })
})
