import type { Transferable } from 'node:worker_threads'
import { movesWith } from '../protocol/bytes/payload.ts'
import type { Entries } from '../protocol/wire/entries.ts'
import type { EntryTimes, Migration } from '../protocol/wire/migration.ts'
import { PendingRequests } from '../protocol/wire/pending-requests.ts'
import type { Answer } from '../protocol/wire/pending-requests.ts'
import type {
  Arrivals,
  Conversion,
  CopiedStates,
  CopyScope,
  GivenStates,
  Request,
  StateCopy,
} from '../protocol/wire/requests.ts'

/** Requests to one isolate that come by the thousand when thousands of processes move: a Comlink call each would be most of the work. */
export class Requests {
  readonly #send: (request: Request, transfer?: readonly Transferable[]) => void
  readonly #pending = new PendingRequests()

  /** What is sent goes out with the tick's messages. */
  constructor(send: (request: Request, transfer?: readonly Transferable[]) => void) {
    this.#send = send
  }

  /** A copy of a state on which anything may be tried, at the next message boundary. */
  copyState(slot: number, scope: CopyScope): Promise<StateCopy> {
    const answer = this.#ask((number) => ({ type: 'copy-state', number, slot, scope }))
    return answer as Promise<StateCopy>
  }

  /** Copies of small states, of those that can be had at once. */
  copyStates(slots: readonly number[], scope: CopyScope): Promise<CopiedStates> {
    const answer = this.#ask((number) => ({ type: 'copy-states', number, slots, scope }))
    return answer as Promise<CopiedStates>
  }

  /** Suspends those processes that can suspend at once, and have small states. */
  suspendAll(slots: readonly number[], attempts: readonly number[]): Promise<GivenStates> {
    const answer = this.#ask((number) => ({ type: 'suspend-all', number, slots, attempts }))
    return answer as Promise<GivenStates>
  }

  /** Lets processes come to live there. The bytes of their states are passed on, not copied. */
  enterAll(arrivals: Arrivals): Promise<Entries> {
    const ask = (number: number): Request => ({ type: 'enter-all', number, ...arrivals })
    return this.#ask(ask, [arrivals.states.bytes.buffer]) as Promise<Entries>
  }

  /** Tries a migration on a copy. The bytes are passed on, not copied. */
  rehearse(conversion: Conversion): Promise<EntryTimes> {
    const ask = (number: number): Request => ({ type: 'rehearse', number, conversion })
    return this.#ask(ask, movesWith(conversion)) as Promise<EntryTimes>
  }

  /** Tries a migration on many copies, and waits for all of them. The bytes are passed on. */
  rehearseAll({ bytes, slots }: CopiedStates, migration: Migration): Promise<Entries> {
    const copies = { bytes, count: slots.length, migration }
    const ask = (number: number): Request => ({ type: 'rehearse-all', number, ...copies })
    return this.#ask(ask, [bytes.buffer]) as Promise<Entries>
  }

  #ask(request: (number: number) => Request, transfer?: readonly Transferable[]): Promise<unknown> {
    const answer = this.#pending.request((number) => this.#send(request(number), transfer))
    // The thread may end before the answer is waited for: that is no unhandled rejection.
    answer.catch(() => undefined)
    return answer
  }

  receive(answer: Answer): void {
    this.#pending.settle(answer)
  }

  /** Nothing will be answered any more. */
  end(reason: Error): void {
    this.#pending.end(reason)
  }
}
