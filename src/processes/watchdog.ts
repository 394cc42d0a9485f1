import type { Activation } from './activation.ts'
import type { Sightings } from './activity/sightings.ts'
import { handlerTimeoutOf } from './handler-limit.ts'
import type { Message } from './message.ts'
import type { Process } from './process.ts'

/** The shortest and the longest time (ms) between two rounds. */
const [LEAST_REST_MS, MOST_REST_MS] = [10, 1_000]
/** How many processes are looked at before main does something else. */
const SLICE = 1_000
/** Rounds may take this part of main's time. */
const SHARE = 1 / 50

/** A handler that has run past its limit. */
export interface OverdueHandler {
  readonly process: Process
  readonly activation: Activation
  readonly message: Message
  readonly timeoutMs: number
}

/** Processes that come and go. */
type Watched = Iterable<Process>

/** One round, and what it has found. */
interface Round {
  readonly processes: Generator<readonly [Process, Watched]>
  /** Those of which one has a limit. */
  readonly limited: Set<Watched>
  shortestMs: number
  usedMs: number
}

/**
 * Looks at processes whose handlers have a limit, round by round, with one timer for all. What is seen in two rounds has
 * run in between: a handler is found that has run for its limit, at the latest two rests later. A rest is a quarter of
 * the shortest limit, and longer where there are very many processes.
 */
export class Watchdog {
  readonly #watched = new Set<Watched>()
  /** Those that have come, or come again, amid a round. */
  readonly #added = new Set<Watched>()
  readonly #sightings: Sightings
  readonly #onOverdue: (overdue: OverdueHandler) => void
  readonly #told = new WeakSet<Message>()
  #stop: (() => void) | undefined
  #isClosed = false

  /** `sightings` may be those of others who look. */
  constructor(sightings: Sightings, onOverdue: (overdue: OverdueHandler) => void) {
    this.#sightings = sightings
    this.#onOverdue = onOverdue
  }

  /** Looks at processes from now on, for as long as one of them has a limit. */
  watch(processes: Watched): void {
    this.#watched.add(processes)
    this.#added.add(processes)
    if (this.#stop === undefined) this.#rest(LEAST_REST_MS)
  }

  close(): void {
    this.#isClosed = true
    this.#stop?.()
  }

  #rest(ms: number): void {
    if (this.#isClosed) return
    const begin = (): void => {
      this.#look({ processes: this.#all(), limited: new Set(), shortestMs: Infinity, usedMs: 0 })
    }
    const timer = setTimeout(begin, ms).unref()
    this.#stop = () => clearTimeout(timer)
  }

  *#all(): Generator<readonly [Process, Watched]> {
    for (const watched of this.#watched) for (const process of watched) yield [process, watched]
  }

  #look(round: Round): void {
    const began = performance.now()
    for (let looked = 0; looked < SLICE; looked++) {
      const next = round.processes.next()
      if (next.done === true) return this.#end(round)
      const [process, watched] = next.value
      const timeoutMs = handlerTimeoutOf(process)
      if (timeoutMs === undefined) continue
      round.limited.add(watched)
      round.shortestMs = Math.min(round.shortestMs, timeoutMs)
      this.#judge(process, timeoutMs)
    }
    round.usedMs += performance.now() - began
    const next = setImmediate(() => this.#look(round))
    this.#stop = () => clearImmediate(next)
  }

  #judge(process: Process, timeoutMs: number): void {
    const { activation } = process
    if (activation?.cell.isHandling !== true || activation.exit !== undefined) return
    for (const message of process.messages.begun(activation)) {
      // A stream lasts as long as its reader likes.
      if (message.kind === 'read-state' || message.streams !== undefined) continue
      if (this.#sightings.seenForMs(message) < timeoutMs || this.#told.has(message)) continue
      this.#told.add(message)
      this.#onOverdue({ process, activation, message, timeoutMs })
    }
  }

  #end({ limited, shortestMs, usedMs }: Round): void {
    for (const watched of this.#watched) {
      if (!limited.has(watched) && !this.#added.has(watched)) this.#watched.delete(watched)
    }
    this.#added.clear()
    if (this.#watched.size === 0) this.#stop = undefined
    else this.#rest(restMs(shortestMs, usedMs))
  }
}

/** How long to rest behind a round that took `usedMs`. */
export function restMs(shortestMs: number, usedMs: number): number {
  const restMs = Math.min(Math.max(shortestMs / 4, LEAST_REST_MS), MOST_REST_MS)
  return Math.max(restMs, usedMs / SHARE)
}
