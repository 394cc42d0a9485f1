import type { Transferable } from 'node:worker_threads'
import { movesWith } from '../protocol/bytes/payload.ts'
import type { Entries } from '../protocol/wire/entries.ts'
import { PendingRequests } from '../protocol/wire/pending-requests.ts'
import { loneState } from '../protocol/wire/requests.ts'
import type {
  CopiedStates,
  CopyStates,
  EnterBatch,
  ExportedStates,
  Request,
  SuspendBatch,
  TriedStates,
  TryStates,
} from '../protocol/wire/requests.ts'
import type { Outbox } from './outbox.ts'

/** A request before it has a number. */
type Unnumbered<Kind extends Request> = Kind extends Request ? Omit<Kind, 'number'> : never
/** The same before its type is named. */
type Unsent<Kind extends Request> = Omit<Kind, 'type' | 'number'>

/**
 * Requests to one isolate that come by the thousand when thousands of processes move: a Comlink call each would be most
 * of the work.
 */
export class Requests extends PendingRequests {
  readonly #outbox: Outbox

  /** What is sent goes out with the tick's messages. */
  constructor(outbox: Outbox) {
    super()
    this.#outbox = outbox
  }

  /** Copies of states on which anything may be tried. */
  copy(batch: Unsent<CopyStates>): Promise<CopiedStates> {
    return this.#ask<CopiedStates>({ type: 'copy', ...batch })
  }

  /** Tries a migration on copies, and waits for all of them. The bytes are passed on. */
  try(batch: Unsent<TryStates>): Promise<TriedStates> {
    return this.#ask<TriedStates>({ type: 'try', ...batch }, movesWith(batch.copies))
  }

  /** Suspends processes and takes their states. */
  suspend(batch: Unsent<SuspendBatch>): Promise<ExportedStates> {
    return this.#ask<ExportedStates>({ type: 'suspend', ...batch })
  }

  /** Lets processes come to live there. The bytes of their states are passed on, not copied. */
  enter(batch: Unsent<EnterBatch>): Promise<Entries> {
    const moves = movesWith(loneState(batch))
    return this.#ask<Entries>({ type: 'enter', ...batch }, moves)
  }

  #ask<Value>(request: Unnumbered<Request>, transfer?: readonly Transferable[]): Promise<Value> {
    const answer = this.request((number) => this.#outbox.gather({ ...request, number }, transfer))
    // The thread may end before the answer is waited for: that is no unhandled rejection.
    answer.catch(() => undefined)
    return answer as Promise<Value>
  }
}
