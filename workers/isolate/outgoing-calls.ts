import { cloneError } from '../../src/protocol/bytes/clone-error.ts'
import { ANOTHER_THREAD } from '../../src/protocol/bytes/destination.ts'
import { INEXACT, examine } from '../../src/protocol/bytes/examine.ts'
import { PendingRequests } from '../../src/protocol/wire/pending-requests.ts'
import type { OutgoingCall } from '../../src/protocol/wire/messages.ts'
import type { Answer } from '../../src/protocol/wire/pending-requests.ts'
import type { Outbox } from './outbox.ts'

/** A call or a cast as a process sends it. */
export type SentMessage = Pick<OutgoingCall, 'slot' | 'sequence' | 'process' | 'name' | 'payload'>

const CODE = 'UNCLONEABLE_ARGUMENT'

/** Calls and casts that processes of this isolate make to others. Main routes them; it always answers. */
export class OutgoingCalls {
  readonly #outbox: Outbox
  readonly #pending = new PendingRequests()

  constructor(outbox: Outbox) {
    this.#outbox = outbox
  }

  call(call: SentMessage): Promise<unknown> {
    return this.#pending.request((request) => this.#post(call, request))
  }

  cast(cast: SentMessage): void {
    this.#post(cast, undefined)
  }

  receive(answer: Answer): void {
    this.#pending.settle(answer)
  }

  #post(message: SentMessage, request: number | undefined): void {
    const { payload } = message
    const prototypes = examine(payload, ANOTHER_THREAD)
    if (prototypes === INEXACT) throw cloneError(CODE, payload, 'payload')
    try {
      this.#outbox.post({ type: 'outgoing-call', ...message, request, prototypes })
    } catch (cause) {
      throw cloneError(CODE, payload, 'payload', cause)
    }
  }
}
