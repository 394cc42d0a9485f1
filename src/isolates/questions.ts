import { Deferred } from '../protocol/deferred.ts'
import type { Answered } from '../protocol/messages.ts'
import { decodeThrown } from '../protocol/thrown.ts'
import type { WireThrown } from '../protocol/thrown.ts'

/** Questions to one isolate that come by the thousand when thousands of processes move: a Comlink call each would be most of the work. */
export class Questions {
  readonly #waiting = new Map<number, Deferred<unknown>>()
  #last = 0
  #ended: Error | undefined

  /** `send` is given the number under which the answer will come. */
  ask(send: (number: number) => void): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    const answer = new Deferred<unknown>()
    const number = ++this.#last
    this.#waiting.set(number, answer)
    send(number)
    return answer.promise
  }

  receive({ number, threw, value }: Answered): void {
    const answer = this.#waiting.get(number)
    this.#waiting.delete(number)
    if (threw) answer?.reject(decodeThrown(value as WireThrown))
    else answer?.resolve(value)
  }

  /** Nothing will be answered any more. */
  end(reason: Error): void {
    this.#ended = reason
    for (const answer of this.#waiting.values()) answer.reject(reason)
    this.#waiting.clear()
  }
}
