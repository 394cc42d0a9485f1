import { sharedNow } from '../protocol/clock.ts'
import { isMoultError } from '../protocol/errors.ts'
import type { CancelTimer, SetTimer } from '../protocol/wire/timers.ts'
import { MAX_DELAY_MS } from '../timing/deadline.ts'
import type { Activation } from './activation.ts'
import { hasEnded } from './lifecycle.ts'
import { Timer } from './timer.ts'
import type { TimerOwner } from './timer.ts'
import { TimerQueue } from './timer-queue.ts'

/** How long (ms) main sends casts of timers before its other work has a turn. */
const TURN_MS = 4

/**
 * The timers of all processes of a runtime. They live where the mailboxes live and outlive the code. One timer of Node's
 * does for all.
 */
export class Timers {
  readonly #queue = new TimerQueue<Timer>()
  #alarm: NodeJS.Timeout | undefined
  /** When that goes off, or the next turn comes. */
  #alarmAt = Infinity
  #isClosed = false

  /** A handler in `activation` has set a timer of its process, or ended one. */
  receive(process: TimerOwner, { version }: Activation, message: SetTimer | CancelTimer): void {
    const { timer: name } = message
    this.#end(process.timers?.get(name))
    if (message.type === 'cancel-timer' || hasEnded(process) || this.#isClosed) return
    try {
      const timer = new Timer(process, message, version.declared)
      if (timer.isOver) return
      process.timers ??= new Map()
      process.timers.set(name, timer)
      this.#queue.add(timer)
      this.#arm()
    } catch (error) {
      process.onCastFailed(message.cast, error)
    }
  }

  /** Ends all timers of a process. */
  clear(process: TimerOwner): void {
    for (const timer of process.timers?.values() ?? []) this.#queue.remove(timer)
    process.timers = undefined
  }

  /** The process has these timers again, but for those that have fired for the last time since. */
  restore(process: TimerOwner, timers: ReadonlyMap<string, Timer> | undefined): void {
    this.clear(process)
    for (const [name, timer] of timers ?? []) {
      if (timer.isOver) continue
      process.timers ??= new Map()
      process.timers.set(name, timer)
      this.#queue.add(timer)
    }
    this.#arm()
  }

  /** Nothing fires any more. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#alarm)
  }

  #end(timer: Timer | undefined): void {
    if (timer === undefined) return
    this.#queue.remove(timer)
    timer.process.timers?.delete(timer.name)
    if (timer.process.timers?.size === 0) timer.process.timers = undefined
  }

  #arm(): void {
    const { first } = this.#queue
    if (this.#isClosed || first === undefined || first.dueAt >= this.#alarmAt) return
    clearTimeout(this.#alarm)
    this.#alarmAt = first.dueAt
    const ms = Math.min(Math.max(1, Math.ceil(first.dueAt - sharedNow())), MAX_DELAY_MS)
    // A runtime with processes has threads, which keep Node alive.
    this.#alarm = setTimeout(this.#fire, ms).unref()
  }

  readonly #fire = (): void => {
    const began = sharedNow()
    this.#alarmAt = Infinity
    for (let now = began; ; now = sharedNow()) {
      const { first } = this.#queue
      if (first === undefined || first.dueAt > now) return this.#arm()
      if (now - began > TURN_MS) {
        this.#alarmAt = now
        setImmediate(this.#fire)
        return
      }
      this.#queue.remove(first)
      // A process that is stopping accepts nothing more, and nothing is lost by that.
      if (hasEnded(first.process)) this.#end(first)
      else this.#send(first, now)
      if (first.isOver) this.#end(first)
      else if (first.process.timers?.get(first.name) === first) this.#queue.add(first)
    }
  }

  #send(timer: Timer, now: number): void {
    const { process, cast } = timer
    for (const message of timer.fire(now, process.lifecycle !== 'running')) {
      try {
        process.send(message)
      } catch (error) {
        message.finish()
        process.onCastFailed(cast, error)
        // No version that is current has the cast: it would be lost each time.
        if (isMoultError(error, 'UNKNOWN_CAST')) return this.#end(timer)
      }
    }
  }
}
