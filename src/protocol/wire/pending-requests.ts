import { restorePrototypes } from '../bytes/prototypes.ts'
import type { Prototypes } from '../bytes/prototypes.ts'
import { decodeThrown, encodeThrown } from './thrown.ts'
import type { WireThrown } from './thrown.ts'

/** The answer to a request, as it crosses. */
export interface Answer {
  readonly type: 'answer'
  /** The number of the request. */
  readonly number: number
  readonly threw: boolean
  /** The result; a {@link WireThrown} if the request threw. */
  readonly value: unknown
  /** The name of the Comlink transfer handler that wrote the result, where one did. */
  readonly handler?: string
  readonly prototypes?: Prototypes | undefined
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

/** Requests to the other side of a port that are not answered yet. */
export class PendingRequests {
  readonly #pending = new Map<number, Pending>()
  #last = 0
  #reason: (() => unknown) | undefined

  /** Sends a request under a number of its own. @returns its answer; what `send` throws is one too. */
  request(send: (number: number) => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#reason !== undefined) return reject(this.#reason())
      const number = ++this.#last
      this.#pending.set(number, { resolve, reject })
      try {
        send(number)
      } catch (error) {
        this.#pending.delete(number)
        // No number is left out: the other side tells by it which request it could not read.
        if (this.#last === number) this.#last--
        reject(error)
      }
    })
  }

  /** Keeps a request that was sent by other means: its answer rejects, too, once the other side has gone. */
  keep<Value>(answer: Promise<Value>): Promise<Value> {
    const send = (number: number): void => {
      answer.then(
        (value) => this.#take(number)?.resolve(value),
        (error: unknown) => this.#take(number)?.reject(error),
      )
    }
    return this.request(send) as Promise<Value>
  }

  /** Settles a request by its answer. An answer to no open request is ignored. */
  settle({ number, threw, value, prototypes }: Answer): void {
    restorePrototypes(prototypes)
    const pending = this.#take(number)
    if (threw) pending?.reject(decodeThrown(value as WireThrown))
    else pending?.resolve(value)
  }

  /** No more answers will come: open and later requests fail with what `reason` makes. */
  end(reason: () => unknown): void {
    this.#reason = reason
    for (const { reject } of this.#pending.values()) reject(reason())
    this.#pending.clear()
  }

  #take(number: number): Pending | undefined {
    const pending = this.#pending.get(number)
    this.#pending.delete(number)
    return pending
  }
}
