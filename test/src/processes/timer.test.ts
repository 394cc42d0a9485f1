import { expect, test } from 'vitest'
import { sharedNow } from '../../../src/protocol/clock.ts'
import type { LatePolicy } from '../../../src/protocol/definition/timer-options.ts'
import type { Schedule } from '../../../src/protocol/wire/timers.ts'
import { Timer, castsAt } from '../../../src/processes/timer.ts'
import type { Tick } from '../../../src/processes/timer.ts'
import { versionOf } from '../../support/told-process.ts'
import { Desk } from './desk.ts'

const inTime: Tick = { due: 1, behindMs: 2, standsStill: false, waits: false }

const late: readonly (readonly [what: string, Tick, Record<LatePolicy, number>])[] = [
  ['in time', inTime, { fire: 1, coalesce: 1, skip: 1 }],
  ['a second behind', { ...inTime, behindMs: 1001 }, { fire: 1, coalesce: 1, skip: 0 }],
  ['several at once', { ...inTime, due: 4 }, { fire: 4, coalesce: 1, skip: 0 }],
  ['in a pause', { ...inTime, standsStill: true }, { fire: 1, coalesce: 1, skip: 0 }],
  ['behind one that waits', { ...inTime, waits: true }, { fire: 1, coalesce: 0, skip: 0 }],
]

test.each(late)('a tick that comes %s', (_what, tick, expected) => {
  for (const [policy, casts] of Object.entries(expected)) {
    expect([policy, castsAt(tick, policy as LatePolicy)]).toEqual([policy, casts])
  }
})

function timer(schedule: Schedule, policy: LatePolicy = 'fire'): Timer {
  const set = { timer: 'one', schedule, setAt: 1000, late: policy, cast: 'put', payload: { at: 1 } }
  return new Timer(new Desk().process, { type: 'set-timer', slot: 0, ...set }, '1')
}

test('a repeated timer keeps to its times, however late it fires', () => {
  const every = timer({ by: 'every', ms: 10 })
  expect(every.dueAt).toBe(1010)
  expect(every.fire(1013, false)).toHaveLength(1)
  expect(every.dueAt).toBe(1020)
  expect(every.fire(1059, false)).toHaveLength(4)
  expect(every.dueAt).toBe(1060)
  expect(every.isOver).toBe(false)
})

test('none is added to one that waits, until that has finished', () => {
  const every = timer({ by: 'every', ms: 10 }, 'coalesce')
  const [first] = every.fire(1010, false)
  expect(every.fire(1020, false)).toEqual([])
  first?.finish()
  expect(every.fire(1030, false)).toHaveLength(1)
})

test('one that fires once is over then', () => {
  const once = timer({ by: 'after', ms: 5 })
  expect([once.dueAt, once.isOver]).toEqual([1005, false])
  const [message] = once.fire(1005, false)
  expect(message).toMatchObject({ kind: 'cast', name: 'put', payload: { at: 1 }, origin: '1' })
  expect(once.isOver).toBe(true)
})

test('one by the calendar is due at its next time, on the clock of the threads', () => {
  const monthly = timer({ by: 'cron', expression: '0 0 1 * *', timeZone: 'UTC' })
  const due = new Date(Date.now() + monthly.dueAt - sharedNow() + 500)
  expect([due.getUTCDate(), due.getUTCHours(), due.getUTCMinutes()]).toEqual([1, 0, 0])
  const past = timer({ by: 'cron', expression: '2001-01-01T00:00:00', timeZone: undefined })
  expect(past.isOver).toBe(true)
})

test('a payload is one of the version that takes it as it is', () => {
  const act = (): undefined => undefined
  const casts = { put: act }
  const second = versionOf({ version: '2', init: act, calls: {}, casts })
  const upcast = { '1': { casts: { put: (payload: unknown) => payload } } }
  const third = versionOf({ version: '3', init: act, calls: {}, casts, upcast })
  const once = timer({ by: 'after', ms: 5 })
  expect(once.messageOf(third).origin).toBe('1')
  expect(once.messageOf(second).origin).toBe('2')
  expect(once.messageOf(third).origin).toBe('3')
})
