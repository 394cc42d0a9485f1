import { fulfilsWithin } from './deadline.ts'
import { Deferred } from '../protocol/deferred.ts'
import { MoultError } from '../protocol/errors.ts'

/** Loads, spawns and upgrades of a runtime that are under way. A close waits for them, or gives them up. */
export class UnderWay {
  /** Each with the promise that gives it up. */
  readonly #works = new Map<Promise<unknown>, Deferred<never>>()
  readonly #onIdle: () => void
  #isOpen = true

  /** `onIdle` is called whenever nothing is under way any more. */
  constructor(onIdle: () => void) {
    this.#onIdle = onIdle
  }

  /** Runs work that a close of the runtime has to wait for. @throws MoultError `RUNTIME_CLOSED` */
  async whileOpen<Result>(work: () => Promise<Result>): Promise<Result> {
    this.checkOpen()
    const end = new Deferred<never>()
    const result = Promise.race([work(), end.promise])
    this.#works.set(result, end)
    try {
      return await result
    } finally {
      this.#works.delete(result)
      if (this.#works.size === 0) this.#onIdle()
    }
  }

  /** @throws MoultError `RUNTIME_CLOSED` */
  checkOpen(): void {
    if (!this.#isOpen) throw closedError()
  }

  /** Refuses new work. */
  refuse(): void {
    this.#isOpen = false
  }

  /** Resolves when all work and `others` have ended. After `timeoutMs` the rest is given up. */
  async end(timeoutMs: number, others: Promise<void>): Promise<void> {
    const ended = Promise.allSettled([...this.#works.keys(), others])
    if (await fulfilsWithin(ended, timeoutMs)) return
    for (const end of this.#works.values()) end.reject(closedError())
  }
}

function closedError(): MoultError {
  return new MoultError('RUNTIME_CLOSED', 'the runtime has closed or is closing')
}
