import { cloneError } from '../../src/protocol/bytes/clone-error.ts'
import { ANOTHER_THREAD } from '../../src/protocol/bytes/destination.ts'
import { INEXACT, examine } from '../../src/protocol/bytes/examine.ts'
import { PendingRequests } from '../../src/protocol/wire/pending-requests.ts'
import type { Answer } from '../../src/protocol/wire/pending-requests.ts'
import type { Outbox } from './outbox.ts'

const CODE = 'UNCLONEABLE_ARGUMENT'

/** Calls and casts that processes of this isolate make to others. Main routes them; it always answers. */
export class OutgoingCalls {
  readonly #outbox: Outbox
  readonly #pending = new PendingRequests()

  constructor(outbox: Outbox) {
    this.#outbox = outbox
  }

  call(slot: number, process: string, name: string, payload: unknown): Promise<unknown> {
    return this.#pending.request((number) => this.#post(slot, number, process, name, payload))
  }

  cast(slot: number, process: string, name: string, payload: unknown): void {
    this.#post(slot, undefined, process, name, payload)
  }

  receive(answer: Answer): void {
    this.#pending.settle(answer)
  }

  #post(
    slot: number,
    request: number | undefined,
    process: string,
    name: string,
    payload: unknown,
  ): void {
    const prototypes = examine(payload, ANOTHER_THREAD)
    if (prototypes === INEXACT) throw cloneError(CODE, payload, 'payload')
    const call = { type: 'outgoing-call', slot, request, process, name, payload } as const
    try {
      this.#outbox.post({ ...call, prototypes })
    } catch (cause) {
      throw cloneError(CODE, payload, 'payload', cause)
    }
  }
}
