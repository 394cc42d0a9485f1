import { cloneError } from '../../src/protocol/bytes/clone-bytes.ts'
import { PendingRequests } from '../../src/protocol/wire/pending-requests.ts'
import type { Answer } from '../../src/protocol/wire/pending-requests.ts'
import type { Outbox } from './outbox.ts'

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
    try {
      this.#outbox.post({ type: 'outgoing-call', slot, request, process, name, payload })
    } catch (cause) {
      throw cloneError('UNCLONEABLE_ARGUMENT', payload, 'payload', cause)
    }
  }
}
