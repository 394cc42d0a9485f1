import { calendarOf } from '../protocol/definition/calendar.ts'
import type { Calendar } from '../protocol/definition/calendar.ts'
import type { LatePolicy } from '../protocol/definition/timer-options.ts'
import type { TraceContext } from '../protocol/definition/trace.ts'
import { needsDeclared, prototypesOf } from '../protocol/bytes/prototypes.ts'
import { sharedNow } from '../protocol/clock.ts'
import type { Schedule, SetTimer } from '../protocol/wire/timers.ts'
import { Message, receivedPayload } from './message.ts'
import type { Lifecycle } from './lifecycle.ts'
import { upcastKey } from '../versions/version.ts'
import type { Version } from '../versions/version.ts'

/** After this time (ms) behind its own, a tick is late. */
const LATE_MS = 1000

/** How a timer stands at a tick. */
export interface Tick {
  /** How many ticks are due, and how long (ms) the first of them has been. */
  readonly due: number
  readonly behindMs: number
  /** Whether the process cannot handle anything, as in the pause of an upgrade. */
  readonly standsStill: boolean
  /** Whether the cast of the tick before has not been handled. */
  readonly waits: boolean
}

/** How many casts are sent. */
export function castsAt({ due, behindMs, standsStill, waits }: Tick, policy: LatePolicy): number {
  if (policy === 'fire') return due
  if (waits) return 0
  const isLate = due > 1 || behindMs > LATE_MS || standsStill
  return policy === 'skip' && isLate ? 0 : 1
}

/** The process of a timer. */
export interface TimerOwner {
  readonly lifecycle: Lifecycle
  /** Its timers, by their names. Undefined where there are none. */
  timers: Map<string, Timer> | undefined
  /** @throws MoultError where the message is not accepted */
  send(message: Message): void
  /** It was not accepted. */
  onCastFailed(name: string, error: unknown): void
}

/** A timer of a process. It belongs to no version: each that is current when it fires gets the cast. */
export class Timer {
  readonly process: TimerOwner
  readonly name: string
  readonly cast: string
  readonly late: LatePolicy
  /** On the clock that all threads share (ms). */
  dueAt: number
  /** Where it stands in its queue. -1 for none. */
  index = -1
  /** The declared version for which the payload was made. */
  origin: string
  readonly #payload: unknown
  readonly #trace: TraceContext | undefined
  readonly #schedule: Schedule
  readonly #calendar: Calendar | undefined
  #sent: Message | undefined

  /** @throws MoultError `UNCLONEABLE_ARGUMENT` */
  constructor(process: TimerOwner, set: SetTimer, origin: string) {
    const { timer, schedule, setAt, late, cast } = set
    this.process = process
    this.name = timer
    this.cast = cast
    this.late = late
    this.origin = origin
    this.#payload = receivedPayload(set)
    this.#trace = set.trace
    this.#schedule = schedule
    if (schedule.by === 'cron') {
      this.#calendar = calendarOf(schedule.expression, schedule.timeZone)
      this.dueAt = this.#nextByCalendar()
    } else this.dueAt = setAt + schedule.ms
  }

  /** Whether only what a version declares can read its payload. */
  get needsDeclared(): boolean {
    const prototypes = prototypesOf(this.#payload)
    return prototypes !== undefined && needsDeclared(prototypes)
  }

  /** Its cast, as it is sent. */
  #message(): Message {
    const message = new Message('cast', this.cast, this.#payload, undefined)
    message.origin = this.origin
    message.trace = this.#trace
    return message
  }

  /** The same. Where the version that serves takes the payload as it is, it is one of that version from now on. */
  messageOf(served: Version | undefined): Message {
    const key = { from: this.origin, kind: 'cast', name: this.cast } as const
    if (served !== undefined && !served.upcasts.has(upcastKey(key))) this.origin = served.declared
    return this.#message()
  }

  /** What is to be sent now, which is not before it is due. It is due again then, if it is repeated. */
  fire(now: number, standsStill: boolean): Message[] {
    const behindMs = now - this.dueAt
    const waits = this.#sent?.isFinished === false
    const due = this.#goOn(now)
    const messages: Message[] = []
    for (let left = castsAt({ due, behindMs, standsStill, waits }, this.late); left > 0; left--) {
      this.#sent = this.#message()
      messages.push(this.#sent)
    }
    return messages
  }

  /** Whether it fires no more. */
  get isOver(): boolean {
    return this.dueAt === Infinity
  }

  /** @returns how many ticks have been due. */
  #goOn(now: number): number {
    const schedule = this.#schedule
    if (schedule.by === 'every') {
      const due = 1 + Math.floor((now - this.dueAt) / schedule.ms)
      this.dueAt += due * schedule.ms
      return due
    }
    this.dueAt = this.#calendar === undefined ? Infinity : this.#nextByCalendar()
    return 1
  }

  /** The calendar has the machine's clock, which may be set. */
  #nextByCalendar(): number {
    const now = Date.now()
    const next = this.#calendar?.(now)
    return next === undefined ? Infinity : sharedNow() + next - now
  }
}
