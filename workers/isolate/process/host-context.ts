import type {
  LentServices,
  Log,
  ProcessContext,
  Self,
} from '../../../src/protocol/definition/context.ts'
import { MoultError } from '../../../src/protocol/errors.ts'
import type { Outbox } from '../outbox.ts'
import type { OutgoingCalls } from '../outgoing-calls.ts'
import type { Scheduler } from '../scheduler.ts'
import { NO_SLOT, slotLog } from '../slot-log.ts'
import type { Version } from '../../state/version.ts'

/** The parts that all processes of an isolate share, in one object: there may be a hundred thousand processes. */
export interface Surroundings {
  readonly version: Version
  readonly scheduler: Scheduler
  readonly outbox: Outbox
  readonly outgoing: OutgoingCalls
  readonly services: LentServices
}

/** The context that all handlers of one process share. Rarely used parts are made at their first use. */
export class HostContext implements ProcessContext {
  readonly self: Self
  readonly #slot: number
  readonly #isolate: Surroundings
  readonly #host: { step(): void }
  #log: Log | undefined
  #abort: AbortController | undefined
  #hasLeft = false
  /**
   * Whether the process has left. Only a leftover such as a timer can still run here, and the slot may be another's.
   */
  #isGone = false

  constructor(slot: number, self: Self, isolate: Surroundings, host: { step(): void }) {
    this.#slot = slot
    this.self = self
    this.#isolate = isolate
    this.#host = host
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.#hasLeft) this.#abort.abort()
    return this.#abort.signal
  }

  get log(): Log {
    this.#log ??= slotLog(this.#isolate.outbox, () => (this.#isGone ? NO_SLOT : this.#slot))
    return this.#log
  }

  get services(): LentServices {
    return this.#isolate.services
  }

  /** The process has left. */
  leave(): void {
    this.#hasLeft = true
    this.#abort?.abort()
  }

  /** Its last handler has ended here. */
  end(): void {
    this.#isGone = true
  }

  // The caller names the reply's type; the other process's contract decides the real one.
  async call<Reply = unknown>(process: string, name: string, payload?: unknown): Promise<Reply> {
    if (process === this.self.id || process === this.self.name) {
      const message = `${this.self.name} called itself ('${name}') and would wait for itself`
      throw new MoultError('SELF_CALL', message, { process: this.self.name })
    }
    this.#checkHere()
    return (await this.#isolate.outgoing.call(this.#slot, process, name, payload)) as Reply
  }

  cast(process: string, name: string, payload?: unknown): void {
    this.#checkHere()
    this.#isolate.outgoing.cast(this.#slot, process, name, payload)
  }

  /** Refuses messages of a process that has left: they would count as those of the next process in its slot. */
  #checkHere(): void {
    if (!this.#isGone) return
    const process = this.self.name
    const message = `${process} has left this isolate: what still runs of it here cannot send anything`
    throw new MoultError('PROCESS_STOPPED', message, { process })
  }

  upgradeSelf(): void {
    this.#host.step()
  }

  transfer<Value extends object>(value: Value, buffers: readonly ArrayBuffer[]): Value {
    this.#isolate.outbox.move(value, buffers)
    return value
  }
}
