import { setImmediate as turn } from 'node:timers/promises'
import { calendarOf } from '../src/protocol/definition/calendar.ts'
import type { Calendar } from '../src/protocol/definition/calendar.ts'
import type { TraceContext } from '../src/protocol/definition/trace.ts'
import { MoultError } from '../src/protocol/errors.ts'
import type { SetTimer } from '../src/protocol/wire/timers.ts'

/** A timer that has been set and has not fired, or fires again. */
export interface WaitingTimer {
  readonly name: string
  readonly cast: string
  readonly payload: unknown
  /** When it fires next, in ms on the clock. */
  readonly dueAt: number
  /** The trace in which it was set. */
  readonly trace?: TraceContext
}

/** The clock of the timers of a process under test: it stands still until it is advanced. */
export interface TestClock {
  /** What it says, in ms. Begins at 0, or where the options say. */
  readonly now: number
  /** The timers of the process, by the time at which they fire. */
  readonly timers: readonly WaitingTimer[]
  /**
   * Goes on by `ms`. Each timer fires at its time, in order; those that its handler sets meanwhile, too.
   * @returns when their casts have been handled, or stand at an `await` of the handler's.
   * @throws MoultError `INVALID_OPTION` where `ms` is no time
   */
  advance(ms: number): Promise<void>
}

interface Timer extends WaitingTimer {
  dueAt: number
  /** The next time behind another; undefined for one that fires once. */
  readonly next: Calendar | undefined
}

/** A clock that is advanced by hand, and the timers that wait for it. */
export class ManualClock implements TestClock {
  #now: number
  readonly #timers = new Map<string, Timer>()
  readonly #fire: (timer: WaitingTimer) => void

  constructor(now: number, fire: (timer: WaitingTimer) => void) {
    this.#now = now
    this.#fire = fire
  }

  get now(): number {
    return this.#now
  }

  get timers(): readonly WaitingTimer[] {
    const all = Array.from(this.#timers.values(), ({ name, cast, payload, dueAt, trace }) => {
      return { name, cast, payload, dueAt, ...(trace && { trace }) }
    })
    return all.sort((one, other) => one.dueAt - other.dueAt)
  }

  async advance(ms: number): Promise<void> {
    if (!(ms >= 0 && ms < Infinity)) throw noTime(ms)
    const end = this.#now + ms
    for (let next = this.#dueBy(end); next !== undefined; next = this.#dueBy(end)) {
      this.#now = Math.max(this.#now, next.dueAt)
      const after = next.next?.(next.dueAt)
      if (after === undefined) this.#timers.delete(next.name)
      else next.dueAt = after
      this.#fire(next)
      await turn()
    }
    this.#now = end
    await turn()
  }

  /** A handler has set a timer. One of the same name is replaced. */
  set({ timer: name, schedule, cast, payload, trace }: SetTimer): void {
    const next = nextOf(schedule)
    const dueAt = schedule.by === 'cron' ? next?.(this.#now) : this.#now + schedule.ms
    this.#timers.delete(name)
    if (dueAt === undefined) return
    this.#timers.set(name, { name, cast, payload, dueAt, next, ...(trace && { trace }) })
  }

  cancel(name: string): void {
    this.#timers.delete(name)
  }

  clear(): void {
    this.#timers.clear()
  }

  #dueBy(end: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers.values())
      if (timer.dueAt <= end && (first === undefined || timer.dueAt < first.dueAt)) first = timer
    return first
  }
}

function nextOf(schedule: SetTimer['schedule']): Calendar | undefined {
  if (schedule.by === 'cron') return calendarOf(schedule.expression, schedule.timeZone)
  return schedule.by === 'every' ? (after) => after + schedule.ms : undefined
}

function noTime(ms: unknown): MoultError {
  const expected = 'a time in ms, of at least 0'
  const message = `clock.advance: ms should be ${expected}, but is ${String(ms)}`
  return new MoultError('INVALID_OPTION', message, { path: 'ms', expected, received: String(ms) })
}
