import { cloneError } from '../../src/protocol/bytes/clone-bytes.ts'
import type { Answer } from '../../src/protocol/wire/messages.ts'
import { decodeThrown } from '../../src/protocol/wire/thrown.ts'
import type { WireThrown } from '../../src/protocol/wire/thrown.ts'
import type { Outbox } from './outbox.ts'

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: unknown) => void
}

/** Calls and casts that processes of this isolate make to others. Main routes them; it always answers. */
export class OutgoingCalls {
  readonly #outbox: Outbox
  readonly #pending = new Map<number, Pending>()
  #next = 1

  constructor(outbox: Outbox) {
    this.#outbox = outbox
  }

  call(slot: number, process: string, name: string, payload: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const request = this.#next++
      this.#post(slot, request, process, name, payload)
      this.#pending.set(request, { resolve, reject })
    })
  }

  cast(slot: number, process: string, name: string, payload: unknown): void {
    this.#post(slot, undefined, process, name, payload)
  }

  receive(answer: Answer): void {
    const pending = this.#pending.get(answer.request)
    this.#pending.delete(answer.request)
    if (answer.threw) pending?.reject(decodeThrown(answer.value as WireThrown))
    else pending?.resolve(answer.value)
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
