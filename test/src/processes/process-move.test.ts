// @module-tag once
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { Outcome } from '../../../src/protocol/wire/messages.ts'
import { CellState } from '../../../src/protocol/wire/progress.ts'
import { sent } from '../../support/told-process.ts'
import { Desk, code, second } from './desk.ts'

describe('a move', () => {
  test('holds back what comes meanwhile, and delivers it in the new place', async () => {
    const desk = await Desk.running()
    const old = desk.process.suspend()
    desk.send('meanwhile')
    expect(await desk.payloads()).toEqual([])
    old.cell.requestSuspend()
    old.cell.suspend()
    const { isolate, place } = desk.next()
    desk.process.moveTo(place)
    expect(place.cell.state).toBe(CellState.Entering)
    desk.process.deliver()
    expect(await desk.payloads(isolate)).toEqual(['meanwhile'])
    place.cell.enter(CellState.Running)
    desk.process.settle(place)
    expect([desk.process.lifecycle, desk.process.version, desk.process.totals.upgrades]).toEqual([
      'running',
      second,
      1,
    ])
  })

  test('delivers again what was in flight, before what came later; what ended stays ended', async () => {
    const desk = await Desk.running()
    const [one, two] = desk.send('one', 'two')
    await desk.read()
    desk.process.suspend()
    desk.tell(0, Outcome.Reply, 'done')
    desk.send('three')
    const { isolate, place } = desk.next()
    desk.process.moveTo(place)
    desk.process.deliver()
    expect(await desk.payloads(isolate)).toEqual(['two', 'three'])
    expect([one?.ends, two?.ends]).toEqual([[{ value: 'done' }], []])
  })

  test('takes no reply from the place that was left for one from the new place', async () => {
    const desk = await Desk.running()
    const [call] = desk.send('one')
    await desk.read()
    desk.process.suspend()
    const { isolate, place } = desk.next()
    desk.process.moveTo(place)
    desk.tell(0, Outcome.Reply, 'late')
    desk.process.settle(place)
    isolate.tell(0, 1, Outcome.Reply, 'new')
    desk.tell(1, Outcome.Reply, 'later still')
    expect(call?.ends).toEqual([{ value: 'new' }])
  })

  test('accepts what either version may know while it is open which one will serve', async () => {
    const desk = await Desk.running()
    expect(() => desk.process.send(sent('fresh').message)).toThrow(code('UNKNOWN_CALL'))
    desk.process.suspend()
    const { place } = desk.next()
    desk.process.moveTo(place)
    const [old, fresh] = [sent('old'), sent('fresh')]
    for (const { message } of [old, fresh]) desk.process.send(message)
    desk.process.settle(place)
    expect(old.ends).toEqual([{ error: code('UNKNOWN_CALL') }])
    expect(fresh.ends).toEqual([])
    expect(() => desk.process.send(sent('old').message)).toThrow(code('UNKNOWN_CALL'))
  })

  test('that comes to nothing before the process stopped delivers nothing twice', async () => {
    const desk = await Desk.running()
    desk.send('one')
    await desk.read()
    const place = desk.process.suspend()
    place.requestSuspend()
    desk.send('two')
    await desk.read()
    desk.process.rollBack(place)
    expect(await desk.payloads()).toEqual(['go', 'two'])
  })

  test('that comes to nothing behind that delivers again, to the old place', async () => {
    const desk = await Desk.running()
    const [call] = desk.send('one')
    await desk.read()
    const old = desk.process.suspend()
    old.requestSuspend()
    old.cell.suspend()
    await desk.read()
    const { place } = desk.next()
    desk.process.moveTo(place)
    desk.process.deliver()
    desk.process.rollBack(old)
    expect(await desk.payloads()).toEqual(['roll-back', 'one'])
    desk.tell(2, Outcome.Reply, 'done')
    expect(call?.ends).toEqual([{ value: 'done' }])
  })

  test('is waited for until it has come to something', async () => {
    const desk = await Desk.running()
    await desk.process.life.endOfTransit()
    const place = desk.process.suspend()
    let hasArrived = false
    const arrived = desk.process.life.endOfTransit().then(() => (hasArrived = true))
    await turn()
    expect(hasArrived).toBe(false)
    desk.process.rollBack(place)
    await arrived
  })

  test('is refused to one that does not run', async () => {
    const desk = await Desk.running()
    desk.process.suspend()
    expect(() => desk.process.suspend()).toThrow(code('PROCESS_BUSY'))
    desk.process.endStop({ reason: 'normal' })
    expect(() => desk.process.suspend()).toThrow(code('PROCESS_STOPPED'))
  })
})
