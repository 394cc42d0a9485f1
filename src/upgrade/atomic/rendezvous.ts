import type { OpenCall } from '../../processes/open-call.ts'
import type { OpenCalls } from '../../processes/open-calls.ts'
import type { Process } from '../../processes/process.ts'
import { sharedNow } from '../../protocol/clock.ts'
import { Deferred } from '../../protocol/deferred.ts'
import { MAX_DELAY_MS } from '../../timing/deadline.ts'
import type { HandOver } from '../hand-over/hand-over.ts'
import type { Stalls } from '../limits/stalls.ts'

/**
 * What a process that stands still is told: to answer these calls before the others can stop, or to serve until it is
 * asked again. No calls say that all stand still at once.
 */
export type Told = { readonly calls: readonly OpenCall[] } | { readonly untilAsked: Promise<void> }

/** A process that stands still, and how it is told to go on. */
interface Standstill {
  readonly handOver: HandOver
  readonly told: Deferred<Told>
}

const allStand: Told = { calls: [] }

/** Where processes that are upgraded together wait for each other at their message boundaries, but not for long. */
export class Rendezvous {
  readonly #openCalls: OpenCalls
  readonly #stalls: Stalls | undefined
  /** Those that have not stopped. */
  readonly #running = new Map<Process, HandOver>()
  /** Those that have, and how they are told to go on once more. */
  readonly #standstills = new Map<Process, Standstill>()
  /** Those that have stopped, and serve until all can stop at once. */
  readonly #serving = new Map<HandOver, Deferred<void>>()
  #isReviewDue = false
  /** Whether no process that stands still waits for the others any more. */
  #isTimeOver = false
  #timer: NodeJS.Timeout | undefined
  #waitsSince = 0
  /** Before this moment those that serve are not asked again. */
  #restsUntil = 0

  constructor(handOvers: readonly HandOver[], openCalls: OpenCalls) {
    for (const each of handOvers) this.#running.set(each.process, each)
    this.#openCalls = openCalls
    this.#stalls = handOvers[0]?.suspension.stalls.alike()
  }

  /** A process stands still. */
  arrive(handOver: HandOver): Promise<Told> {
    const told = new Deferred<Told>()
    this.#standstills.set(handOver.process, { handOver, told })
    this.leave(handOver)
    this.review()
    return told.promise
  }

  /** A process is not waited for any more. */
  leave({ process }: HandOver): void {
    this.#running.delete(process)
    if (this.#running.size > 0) this.#waitForOthers()
    else if (this.#serving.size === 0) this.#goOn()
    else if (sharedNow() >= this.#restsUntil) this.#askAgain()
    else this.#rest()
  }

  /** Nothing is waited for any more. */
  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #goOn(): void {
    this.end()
    for (const { told } of this.#standstills.values()) told.resolve(allStand)
    this.#standstills.clear()
  }

  /** Those that stand still do so for as long as messages may be held up. */
  #waitForOthers(): void {
    if (this.#standstills.size === 0 || this.#stalls === undefined) return
    if (this.#isTimeOver) return this.#serveAll()
    if (this.#timer !== undefined) return
    this.#waitsSince = sharedNow()
    const attemptMs = this.#stalls.begin(this.#waitsSince, true)
    this.#timer = setTimeout(this.#onTimeOver, Math.min(attemptMs, MAX_DELAY_MS))
  }

  readonly #onTimeOver = (): void => {
    this.#timer = undefined
    this.#isTimeOver = true
    const now = sharedNow()
    this.#stalls?.fail(now - this.#waitsSince)
    this.#restsUntil = now + (this.#stalls?.restMs(now) ?? 0)
    this.#serveAll()
  }

  #serveAll(): void {
    for (const { handOver, told } of this.#standstills.values()) {
      const asked = new Deferred<void>()
      this.#serving.set(handOver, asked)
      told.resolve({ untilAsked: asked.promise })
    }
    this.#standstills.clear()
  }

  /** All have stopped once. They serve for a moment, and are asked at once. */
  #rest(): void {
    this.#serveAll()
    this.end()
    this.#timer = setTimeout(this.#askAgain, Math.ceil(this.#restsUntil - sharedNow()))
  }

  /** What kept the others from stopping has ended: those that serve are to stop as well. */
  readonly #askAgain = (): void => {
    this.end()
    this.#isTimeOver = false
    for (const [handOver, asked] of this.#serving) {
      this.#running.set(handOver.process, handOver)
      asked.resolve()
    }
    this.#serving.clear()
    this.#waitForOthers()
  }

  /**
   * Looks which processes stand still that a handler waits for, directly or not. Once for all that comes in one tick.
   * What else waits for a process does not count: under steady traffic something always does, and they would never
   * stand still at once.
   */
  readonly review = (): void => {
    if (this.#isReviewDue) return
    this.#isReviewDue = true
    queueMicrotask(() => {
      this.#isReviewDue = false
      this.#sendBack()
    })
  }

  #sendBack(): void {
    if (this.#standstills.size === 0) return
    for (const [process, calls] of this.#openCalls.neededBy(new Set(this.#running.keys()))) {
      const standstill = this.#standstills.get(process)
      if (standstill === undefined) continue
      this.#standstills.delete(process)
      this.#running.set(process, standstill.handOver)
      standstill.told.resolve({ calls })
    }
  }
}
