import { expect, test, vi } from 'vitest'
import { sharedNow } from '../../../src/protocol/clock.ts'
import type { LatePolicy } from '../../../src/protocol/definition/timer-options.ts'
import type { Schedule } from '../../../src/protocol/wire/timers.ts'
import { Timers } from '../../../src/processes/timers.ts'
import { stopClock } from '../../support/stopped-clock.ts'
import { Desk, code } from './desk.ts'

interface Set {
  readonly timer?: string
  readonly schedule: Schedule
  readonly late?: LatePolicy
  readonly cast?: string
}

/** Timers of one process, on a clock in the test's hand. What it is sent stays in its mailbox. */
class Clock {
  readonly pass = stopClock()
  readonly timers = new Timers()
  readonly desk = new Desk()

  static async running(): Promise<Clock> {
    const clock = new Clock()
    await clock.desk.start()
    return clock
  }

  set({ timer = 'one', schedule, late = 'fire', cast = 'put' }: Set): void {
    const { process } = this.desk
    const what = { slot: 0, timer, schedule, setAt: sharedNow(), late, cast, payload: timer }
    this.timers.receive(process, process.activation!, { type: 'set-timer', ...what })
  }

  /** What was not accepted. */
  get lost(): unknown[] {
    return this.desk.told
  }

  /** How many casts wait. */
  get sent(): number {
    return this.desk.process.messages.size
  }
}

const every = { by: 'every', ms: 10 } as const

test('one that fires once does so once, one that repeats until it is cancelled', async () => {
  const clock = await Clock.running()
  clock.set({ timer: 'once', schedule: { by: 'after', ms: 25 } })
  clock.set({ timer: 'often', schedule: every })
  clock.pass(24)
  expect(clock.sent).toBe(2)
  clock.pass(10)
  expect(clock.sent).toBe(4)
  const { process } = clock.desk
  expect([...process.timers!.keys()]).toEqual(['often'])
  clock.timers.receive(process, process.activation!, {
    type: 'cancel-timer',
    slot: 0,
    timer: 'often',
  })
  clock.pass(1000)
  expect([clock.sent, process.timers, clock.lost]).toEqual([4, undefined, []])
})

test('one of the same name replaces another', async () => {
  const clock = await Clock.running()
  clock.set({ schedule: { by: 'after', ms: 5 } })
  clock.set({ schedule: { by: 'after', ms: 50 } })
  clock.pass(49)
  expect(clock.sent).toBe(0)
  clock.pass(1)
  expect(clock.sent).toBe(1)
})

test.each([
  ['fire', 10],
  ['coalesce', 1],
  ['skip', 0],
] as const)('in a pause, ticks that %s become %i casts', async (late, expected) => {
  const clock = await Clock.running()
  clock.set({ schedule: every, late })
  clock.desk.process.suspend()
  clock.pass(100)
  expect(clock.sent).toBe(expected)
})

test('a cast that no version has ends its timer, and is told once', async () => {
  const clock = await Clock.running()
  clock.set({ schedule: every, cast: 'gone' })
  clock.pass(100)
  expect(clock.lost).toEqual([['gone', code('UNKNOWN_CAST')]])
  expect(clock.desk.process.timers).toBeUndefined()
})

test('a full mailbox loses a tick, not the timer', async () => {
  const clock = await Clock.running()
  clock.set({ schedule: every })
  clock.pass(120)
  expect(clock.sent).toBe(10)
  expect(clock.lost).toEqual([
    ['put', code('MAILBOX_FULL')],
    ['put', code('MAILBOX_FULL')],
  ])
  expect(clock.desk.process.timers?.size).toBe(1)
})

test('a process that ends sends nothing more, and no timer is left', async () => {
  const clock = await Clock.running()
  clock.set({ schedule: every })
  clock.desk.process.beginStop('drain')
  clock.pass(50)
  clock.set({ schedule: every })
  clock.pass(50)
  expect([clock.sent, clock.lost, vi.getTimerCount()]).toEqual([0, [], 0])
})

test('clearing ends all of a process, closing all', async () => {
  const clock = await Clock.running()
  clock.set({ timer: 'one', schedule: every })
  clock.set({ timer: 'two', schedule: every })
  clock.timers.clear(clock.desk.process)
  clock.pass(50)
  expect([clock.sent, clock.desk.process.timers]).toEqual([0, undefined])
  clock.set({ schedule: every })
  clock.timers.close()
  clock.pass(50)
  expect([clock.sent, vi.getTimerCount()]).toEqual([0, 0])
})

test("a hundred thousand timers have one of Node's", async () => {
  const clock = await Clock.running()
  for (let at = 0; at < 100_000; at++) {
    clock.set({ timer: String(at), schedule: { by: 'after', ms: 1_000_000 + (at % 1000) } })
  }
  expect(vi.getTimerCount()).toBe(1)
  expect(clock.desk.process.timers?.size).toBe(100_000)
})

test('one beyond the longest time of a timer of Node fires at its time', async () => {
  const clock = await Clock.running()
  clock.set({ schedule: { by: 'after', ms: 2 ** 32 } })
  clock.pass(2 ** 32 - 10)
  expect(clock.sent).toBe(0)
  clock.pass(20)
  expect(clock.sent).toBe(1)
})
