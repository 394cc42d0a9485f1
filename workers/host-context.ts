import type { LentServices, Log, ProcessContext, Self } from '../src/protocol/context.ts'
import { MoultError } from '../src/protocol/errors.ts'
import type { Outbox } from './outbox.ts'
import type { Requests } from './requests.ts'
import { slotLog } from './slot-log.ts'

/** The context that all handlers of one process share. */
export class HostContext implements ProcessContext {
  readonly self: Self
  readonly signal: AbortSignal
  readonly log: Log
  readonly services: LentServices
  readonly #slot: number
  readonly #outbox: Outbox
  readonly #requests: Requests
  readonly #upgradeSelf: () => void

  constructor(
    slot: number,
    self: Self,
    isolate: {
      readonly outbox: Outbox
      readonly requests: Requests
      readonly services: LentServices
      readonly signal: AbortSignal
      readonly upgradeSelf: () => void
    },
  ) {
    this.#slot = slot
    this.self = self
    this.#outbox = isolate.outbox
    this.#requests = isolate.requests
    this.services = isolate.services
    this.signal = isolate.signal
    this.log = slotLog(isolate.outbox, slot)
    this.#upgradeSelf = isolate.upgradeSelf
  }

  // The caller names the reply's type; what another version really replies is that version's contract.
  async call<Reply = unknown>(process: string, name: string, payload?: unknown): Promise<Reply> {
    if (process === this.self.id || process === this.self.name) {
      const message = `${this.self.name} called itself ('${name}') and would wait for itself`
      throw new MoultError('SELF_CALL', message, { process: this.self.name })
    }
    return (await this.#requests.call(this.#slot, process, name, payload)) as Reply
  }

  cast(process: string, name: string, payload?: unknown): void {
    this.#requests.cast(this.#slot, process, name, payload)
  }

  upgradeSelf(): void {
    this.#upgradeSelf()
  }

  transfer<Value extends object>(value: Value, buffers: readonly ArrayBuffer[]): Value {
    this.#outbox.move(value, buffers)
    return value
  }
}
