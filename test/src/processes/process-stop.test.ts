// @module-tag once
import { describe, expect, test } from 'vitest'
import { request, unlimited } from '../../../src/processes/messenger.ts'
import { MoultError } from '../../../src/protocol/errors.ts'
import { Outcome } from '../../../src/protocol/wire/messages.ts'
import { sent } from '../../support/told-process.ts'
import { Desk, code } from './desk.ts'

describe('a stop', () => {
  test('accepts nothing more, and finishes what was accepted where it drains', async () => {
    const desk = await Desk.running()
    const [call] = desk.send('one')
    desk.process.beginStop('drain')
    expect(() => desk.send('two')).toThrow(code('PROCESS_STOPPED'))
    let isDrained = false
    const drained = desk.process.drained().then(() => (isDrained = true))
    expect(await desk.payloads()).toEqual(['one'])
    expect(isDrained).toBe(false)
    desk.tell(0, Outcome.Reply, 'done')
    await drained
    expect(call?.ends).toEqual([{ value: 'done' }])
  })

  test('delivers nothing more where it halts', async () => {
    const desk = await Desk.running()
    desk.isolate.say({ type: 'upgrade-self', slot: 0 })
    desk.isolate.arrive()
    const [call] = desk.send('held back')
    desk.process.beginStop('halt')
    expect(await desk.payloads()).toEqual(['stay'])
    desk.process.endStop({ reason: 'normal' })
    expect(call?.ends).toEqual([{ error: code('PROCESS_STOPPED') }])
  })

  test('answers handlers of others while all drain together, until its thread has ended', async () => {
    const desk = await Desk.running()
    desk.process.beginStop('drain-all')
    expect(() => desk.send('from outside')).toThrow(code('PROCESS_STOPPED'))
    desk.process.send(sent('get', 'from a handler').message, true)
    expect(await desk.payloads()).toEqual(['from a handler'])
    desk.isolate.end()
    expect(() => desk.process.send(sent('get').message, true)).toThrow(code('PROCESS_STOPPED'))
  })

  test.each([
    ['limits', { timeoutMs: 3_600_000 }],
    ['a signal', { signal: new AbortController().signal }],
    ['what moves', { transfer: [] }],
  ])('answers handlers of others also where a call has %s', async (_what, options) => {
    const desk = await Desk.running()
    desk.process.beginStop('drain-all')
    const given = { ...unlimited, ...options }
    const refused = request(desk.process, 'call', 'get', 'from outside', given)
    await expect(refused).rejects.toThrow(code('PROCESS_STOPPED'))
    const fromHandler = { ...given, isFromHandler: true }
    const answer = request(desk.process, 'call', 'get', 'from a handler', fromHandler)
    expect(await desk.payloads()).toEqual(['from a handler'])
    desk.tell(0, Outcome.Reply, 'done')
    expect(await answer).toBe('done')
  })

  test('ends once, and settles each message once', async () => {
    const desk = await Desk.running()
    const calls = desk.send('one', 'two')
    await desk.read()
    const stopped = desk.process.life.exited
    const reason = new MoultError('RESTART_LIMIT', 'too often')
    desk.process.endStop({ reason: 'restart-limit', error: reason })
    desk.process.endStop({ reason: 'normal' })
    await Promise.all([stopped, desk.process.life.exited])
    expect(desk.told).toMatchObject([
      ['stopped', { process: 'desk', reason: 'restart-limit', error: reason }],
    ])
    expect(calls.map(({ ends }) => ends)).toEqual([[{ error: reason }], [{ error: reason }]])
    desk.tell(0, Outcome.Reply, 'late')
    expect(calls[0]?.ends).toHaveLength(1)
    expect(() => desk.send('three')).toThrow('too often')
  })

  test('lets a handler that waits for a newer version go on: it is not moved any more', async () => {
    const desk = await Desk.running()
    desk.isolate.say({ type: 'upgrade-self', slot: 0 })
    desk.isolate.arrive()
    expect(desk.told).toEqual([['upgrade-self']])
    desk.send('held back')
    expect(await desk.payloads()).toEqual([])
    desk.process.beginStop('drain')
    expect(await desk.payloads()).toEqual(['stay', 'held back'])
    desk.isolate.say({ type: 'upgrade-self', slot: 0 })
    desk.isolate.arrive()
    expect(await desk.payloads()).toEqual(['stay'])
    expect(desk.told).toHaveLength(1)
  })
})
