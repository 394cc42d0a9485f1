// @module-tag once
import { describe, expect, test } from 'vitest'
import { MoultError } from '../../../src/protocol/errors.ts'
import { Outcome } from '../../../src/protocol/wire/messages.ts'
import type { Entry } from '../../support/posted.ts'
import { sent, versionOf } from '../../support/told-process.ts'
import { Dispatched, act, calls, definition, payloads } from './dispatched.ts'

const exit = { threadId: 1, exitCode: 3, error: undefined }

describe('re-delivery', () => {
  test('sends again what had not ended, in its order and before what came later, under new numbers', async () => {
    const desk = new Dispatched()
    const all = calls(4)
    desk.accept(...all)
    await desk.send()
    desk.tell(1, Outcome.Reply, 'done')
    desk.accept(sent('get', 'later'))
    desk.dispatch.takeBack()
    desk.move()
    const read = (await desk.send()) as Entry[]
    expect(payloads(read)).toEqual([0, 2, 3, 'later'])
    expect(read.map(({ sequence }) => sequence)).toEqual([4, 5, 6, 7])
  })

  test('fails what the next version does not know any more', async () => {
    const desk = new Dispatched()
    const [old, get] = [sent('old'), sent('get', 'known')]
    desk.accept(old, get)
    await desk.send()
    desk.dispatch.takeBack()
    desk.move(versionOf({ ...definition, version: '2', calls: { get: act } }))
    expect(payloads(await desk.send())).toEqual(['known'])
    expect(old.ends).toMatchObject([{ error: { code: 'UNKNOWN_CALL', version: '2' } }])
  })

  test('to a version that may never serve stops before what that does not know', async () => {
    const desk = new Dispatched()
    const all = [sent('get', 1), sent('old', 2), sent('get', 3)]
    desk.accept(...all)
    desk.move(versionOf({ ...definition, version: '2', calls: { get: act } }))
    expect(payloads(await desk.send(true))).toEqual([1])
    desk.dispatch.takeBack()
    desk.move()
    expect(payloads(await desk.send())).toEqual([1, 2, 3])
    expect(all.flatMap(({ ends }) => ends)).toEqual([])
  })

  test('goes by the number that the operation has in the version it is sent to', async () => {
    const desk = new Dispatched()
    desk.accept(sent('get', 'a'))
    const turned = { ...definition, version: '2', calls: { other: act, old: act, get: act } }
    desk.move(versionOf(turned))
    expect(await desk.send()).toMatchObject([{ kind: 2, value: 'a' }])
  })
})

describe('the loss of the thread', () => {
  test('fails the message whose handler ran; those behind it wait', async () => {
    const desk = new Dispatched()
    const all = calls(3)
    desk.accept(...all)
    await desk.send()
    desk.mark(2, 1)
    desk.tell(0, Outcome.Reply, 'done')
    desk.isolate.end(3)
    desk.dispatch.failHit(desk.place, exit)
    expect(all[1]?.ends).toMatchObject([{ error: { code: 'ISOLATE_EXITED', process: 'desk' } }])
    expect(all[2]?.ends).toEqual([])
    desk.move()
    expect(payloads(await desk.send())).toEqual([2])
  })

  test('says of a call whose handler had ended that its reply was lost', async () => {
    const desk = new Dispatched()
    const [call, cast] = [sent('get'), sent('put', 1, 'cast')]
    desk.accept(call, cast)
    await desk.send()
    desk.mark(2)
    desk.dispatch.failHit(desk.place, exit)
    expect(call.ends).toMatchObject([{ error: { code: 'ISOLATE_EXITED' } }])
    expect((call.ends[0]?.error as Error).message).toContain('its reply was lost')
    // A cast whose handler ended has no reply that could be.
    expect([desk.castsFailed, desk.dispatch.size]).toEqual([[], 0])
  })

  test('tells the owner of a cast whose handler ran', async () => {
    const desk = new Dispatched()
    desk.accept(sent('put', 1, 'cast'), sent('put', 2, 'cast'))
    await desk.send()
    desk.mark(1, 0)
    desk.dispatch.failHit(desk.place, exit)
    expect(desk.castsFailed).toMatchObject([['put', { code: 'ISOLATE_EXITED' }]])
    expect(desk.dispatch.size).toBe(1)
  })

  test('takes with it what came with its buffers, begun or not', async () => {
    const desk = new Dispatched()
    const moved = sent('get', new ArrayBuffer(1))
    Object.assign(moved.message, { transfer: [moved.message.payload] })
    const behind = sent('get', 'behind')
    desk.accept(moved, behind)
    expect(await desk.send()).toMatchObject([
      { type: 'deliver-moved', sequence: 0 },
      { sequence: 1, value: 'behind' },
    ])
    desk.dispatch.failHit(desk.place, exit)
    expect(moved.ends).toMatchObject([{ error: { code: 'ISOLATE_EXITED' } }])
    desk.move()
    expect(payloads(await desk.send())).toEqual(['behind'])
  })
})

test('what moves its buffers goes behind the handlers that run, and to no place that may never serve', async () => {
  const desk = new Dispatched()
  const [before, moved, behind] = [sent('get', 1), sent('get', new ArrayBuffer(1)), sent('get', 3)]
  Object.assign(moved.message, { transfer: [moved.message.payload] })
  desk.accept(before, moved, behind)
  expect(payloads(await desk.send())).toEqual([1])
  desk.tell(0, Outcome.Reply, 'done')
  expect(await desk.send(true)).toEqual([])
  expect(payloads(await desk.send())).toEqual(['deliver-moved', 3])
})

test('what moves its buffers goes beside handlers that run, as far as there is room', async () => {
  const desk = new Dispatched()
  desk.dispatch.handledAtOnce = 3
  const all = [1, 2, 3].map((id) => sent('get', id))
  const [moved, next] = [sent('get', new ArrayBuffer(1)), sent('get', new ArrayBuffer(1))]
  for (const { message } of [moved, next]) Object.assign(message, { transfer: [message.payload] })
  desk.accept(...all, moved, next, sent('get', 'behind'))
  expect(payloads(await desk.send())).toEqual([1, 2, 3])
  desk.tell(1, Outcome.Reply, 'done')
  expect(payloads(await desk.send())).toEqual(['deliver-moved'])
  desk.tell(3, Outcome.Reply, 'done')
  expect(payloads(await desk.send())).toEqual(['deliver-moved', 'behind'])
})

test('while a handler waits for a newer version nothing more is sent', async () => {
  const desk = new Dispatched()
  desk.accept(...calls(1))
  desk.place.onMessage({ type: 'upgrade-self', slot: 0 })
  expect(await desk.send()).toEqual([])
})

test('an end of everything tells who had begun apart from who had not', async () => {
  const desk = new Dispatched()
  const all = calls(3)
  desk.accept(...all)
  await desk.send()
  desk.mark(1, 0)
  const reason = new MoultError('PROCESS_STOPPED', 'stopped')
  desk.dispatch.clear(() => reason, desk.place)
  expect(all.map(({ ends }) => ends.length)).toEqual([1, 1, 1])
  expect(all[0]?.ends).toMatchObject([{ error: { code: 'PROCESS_STOPPED' } }])
  expect((all[0]?.ends[0]?.error as Error).message).toContain('while it handled')
  expect(all[1]?.ends).toEqual([{ error: reason }])
  expect(desk.dispatch.size).toBe(0)
})
