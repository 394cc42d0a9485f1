import { Deferred } from '../protocol/deferred.ts'
import type { HandOver } from './hand-over.ts'

/** Where processes that are upgraded together wait for each other at their message boundaries. */
class Rendezvous {
  readonly #all = new Deferred<void>()
  #missing: number

  constructor(count: number) {
    this.#missing = count
  }

  /** Resolves when all are there at once. */
  get complete(): Promise<void> {
    return this.#all.promise
  }

  arrive(): void {
    this.#missing--
    if (this.#missing === 0) this.#all.resolve()
  }

  /** False when all were there: nobody waits for an answer then. */
  leave(): boolean {
    if (this.#missing === 0) return false
    this.#missing++
    return true
  }
}

/**
 * Suspends processes that are upgraded together. One that has reached its boundary may be called by a handler of another that
 * has not, and each would wait for the other: it goes on with its own live state until it has answered, and is suspended again.
 */
export function suspendAll(handOvers: readonly HandOver[]): Promise<void>[] {
  // Alone nothing is awaited but the boundary: a tick here would be a tick of the pause.
  if (handOvers.length === 1) return handOvers.map((each) => each.suspend())
  const rendezvous = new Rendezvous(handOvers.length)
  return handOvers.map((each) => suspendWithOthers(each, rendezvous))
}

async function suspendWithOthers(handOver: HandOver, rendezvous: Rendezvous): Promise<void> {
  for (;;) {
    await handOver.suspend()
    rendezvous.arrive()
    if (!(await handOver.isCalledBefore(rendezvous.complete))) return
    if (!rendezvous.leave()) return
    await handOver.answer()
  }
}
