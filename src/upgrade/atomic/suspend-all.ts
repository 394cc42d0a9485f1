import { withDeadline } from '../../timing/deadline.ts'
import type { OpenCall, OpenCalls } from '../../processes/open-calls.ts'
import type { Process } from '../../processes/process.ts'
import { Deferred } from '../../protocol/deferred.ts'
import type { HandOver } from '../hand-over/hand-over.ts'

/** A process that stands still, and how it is told to go on. */
interface Standstill {
  readonly handOver: HandOver
  readonly told: Deferred<readonly OpenCall[]>
}

/** Where processes that are upgraded together wait for each other at their message boundaries. */
class Rendezvous {
  readonly #openCalls: OpenCalls
  /** Those that have not stopped. */
  readonly #running = new Map<Process, HandOver>()
  /** Those that have, and how they are told to go on once more. */
  readonly #standstills = new Map<Process, Standstill>()
  #isReviewDue = false

  constructor(handOvers: readonly HandOver[], openCalls: OpenCalls) {
    for (const each of handOvers) this.#running.set(each.process, each)
    this.#openCalls = openCalls
  }

  /**
   * A process stands still. Resolves with what it has to answer before the others can, with nothing when all stand
   * still at once.
   */
  arrive(handOver: HandOver): Promise<readonly OpenCall[]> {
    const told = new Deferred<readonly OpenCall[]>()
    this.#standstills.set(handOver.process, { handOver, told })
    this.leave(handOver)
    this.review()
    return told.promise
  }

  /** A process is not waited for any more. */
  leave({ process }: HandOver): void {
    this.#running.delete(process)
    if (this.#running.size > 0) return
    for (const { told } of this.#standstills.values()) told.resolve([])
    this.#standstills.clear()
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
      standstill.told.resolve(calls)
    }
  }
}

/**
 * Suspends processes that are upgraded together. One that has reached its boundary may be called by a handler of
 * another that has not, and each would wait for the other: it goes on with its own live state until it has answered,
 * and is suspended again.
 */
export function suspendAll(
  handOvers: readonly HandOver[],
  openCalls: OpenCalls,
  signal: AbortSignal,
): Promise<void>[] {
  const rendezvous = new Rendezvous(handOvers, openCalls)
  const unwatch = openCalls.watch(rendezvous.review)
  const suspended = handOvers.map((each) => suspendWithOthers(each, rendezvous, signal))
  void Promise.allSettled(suspended).then(unwatch)
  return suspended
}

async function suspendWithOthers(
  handOver: HandOver,
  rendezvous: Rendezvous,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await handOver.suspend()
    // It has ended meanwhile: what it had accepted it still handles.
    if (handOver.isSkipped) {
      rendezvous.leave(handOver)
      return
    }
    const calls = await withDeadline(rendezvous.arrive(handOver), { signal })
    if (calls.length === 0) return
    await handOver.answer(calls)
  }
}
