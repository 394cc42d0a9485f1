import { sendExact } from '../../src/protocol/bytes/send-exact.ts'
import { PendingRequests } from '../../src/protocol/wire/pending-requests.ts'
import type { OutgoingCall } from '../../src/protocol/wire/messages.ts'
import type { Answer } from '../../src/protocol/wire/pending-requests.ts'
import { revivedAnswer } from './received-values.ts'
import type { Outbox } from './outbox.ts'

/** A call or a cast as a process sends it. */
export type SentMessage = Omit<OutgoingCall, 'type' | 'request' | 'prototypes'>

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
    this.#pending.settle(revivedAnswer(answer, this.#outbox.payloads.destination?.declared))
  }

  #post(message: SentMessage, request: number | undefined): void {
    sendExact(message.payload, this.#outbox.payloads, (prototypes, payload) => {
      this.#outbox.post({ type: 'outgoing-call', ...message, payload, request, prototypes })
    })
  }
}
