import { decodeThrown, encodeThrown } from './thrown.ts'
import type { WireThrown } from './thrown.ts'

/** What a request came to, as it crosses. */
export interface Answer {
  readonly type: 'answer'
  /** The request's. */
  readonly number: number
  readonly threw: boolean
  /** Where it threw, a {@link WireThrown}. */
  readonly value: unknown
}

/** The answer to a request that failed. */
export function thrownAnswer(number: number, error: unknown): Answer {
  return { type: 'answer', number, threw: true, value: encodeThrown(error) }
}

/** The two ends of a promise that waits for an answer. */
interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: unknown) => void
}

/** What has been asked of the other side of a port and is not answered yet. */
export class PendingRequests {
  readonly #pending = new Map<number, Pending>()
  #last = 0
  #isEnded = false
  #reason: unknown

  /** Sends a request under a number of its own. @returns its answer; what `send` throws is one too. */
  request(send: (number: number) => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#isEnded) return reject(this.#reason)
      const number = ++this.#last
      this.#pending.set(number, { resolve, reject })
      try {
        send(number)
      } catch (error) {
        this.#pending.delete(number)
        reject(error)
      }
    })
  }

  /** The same for a request that is on its way already, where the answer would never come once the other side has gone. */
  keep<Value>(answer: Promise<Value>): Promise<Value> {
    const send = (number: number): void => {
      answer.then(
        (value) => this.#take(number)?.resolve(value),
        (error: unknown) => this.#take(number)?.reject(error),
      )
    }
    return this.request(send) as Promise<Value>
  }

  /** An answer has come. One that is not waited for is passed over. */
  settle({ number, threw, value }: Answer): void {
    const pending = this.#take(number)
    if (threw) pending?.reject(decodeThrown(value as WireThrown))
    else pending?.resolve(value)
  }

  /** Nothing will be answered any more: all that wait, and all that come, fail with this. */
  end(reason: unknown): void {
    this.#isEnded = true
    this.#reason = reason
    for (const { reject } of this.#pending.values()) reject(reason)
    this.#pending.clear()
  }

  #take(number: number): Pending | undefined {
    const pending = this.#pending.get(number)
    this.#pending.delete(number)
    return pending
  }
}
