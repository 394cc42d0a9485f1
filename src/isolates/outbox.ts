import type { MessagePort, Transferable } from 'node:worker_threads'
import { prototypesOf } from '../protocol/bytes/prototypes.ts'
import type { FromMain } from '../protocol/wire/messages.ts'
import type { TraceContext } from '../protocol/definition/trace.ts'
import { RunWriter } from '../protocol/wire/runs.ts'

/** A batch of this many elements is posted at once: the isolate can begin, and no message grows to megabytes. */
const MAX_BATCH = 4096

/**
 * Messages from main to one isolate: one post a tick for all its processes. Other messages keep their place among them.
 */
export class Outbox {
  readonly #port: Pick<MessagePort, 'postMessage'>
  readonly #runs = new RunWriter()
  /** Messages of this tick, in order, and the list of what moves with them. */
  #gathered: FromMain[] = []
  #transfer: Transferable[] = []
  #isScheduled = false

  constructor(port: Pick<MessagePort, 'postMessage'>) {
    this.#port = port
  }

  /** The trace of the message that is delivered next. */
  trace(slot: number, sequence: number, trace: TraceContext): void {
    this.#runs.trace(slot, sequence, trace)
  }

  /** Adds a message to the tick's batch. The payload must be known to be cloneable. */
  deliver(slot: number, sequence: number, operation: number, payload: unknown): void {
    if (!this.#isScheduled) this.#schedule()
    this.#runs.add(slot, sequence, operation, payload)
    const prototypes = typeof payload === 'object' ? prototypesOf(payload) : undefined
    if (prototypes !== undefined) this.#runs.mark(payload, prototypes)
    if (this.#runs.size >= MAX_BATCH) this.#flush()
  }

  /**
   * Adds a message, known to be cloneable, to the post of this tick.
   * When many processes move at once, a post for each would be most of the work.
   */
  gather(message: FromMain, transfer: readonly Transferable[] = []): void {
    if (!this.#isScheduled) this.#schedule()
    if (!this.#runs.isEmpty) this.#gathered.push(this.#runs.take())
    this.#gathered.push(message)
    this.#transfer.push(...transfer)
  }

  /**
   * Posts at once, behind earlier messages.
   * @throws what `postMessage` throws when the message cannot be cloned or transferred.
   */
  post(message: FromMain, transfer: readonly Transferable[] = []): void {
    this.#flush()
    this.#port.postMessage(message, transfer)
  }

  #schedule(): void {
    this.#isScheduled = true
    queueMicrotask(this.#flush)
  }

  readonly #flush = (): void => {
    this.#isScheduled = false
    const batch = this.#runs.isEmpty ? undefined : this.#runs.take()
    if (this.#gathered.length === 0) {
      if (batch !== undefined) this.#port.postMessage(batch satisfies FromMain)
      return
    }
    if (batch !== undefined) this.#gathered.push(batch)
    const messages = this.#gathered
    const transfer = this.#transfer
    this.#gathered = []
    this.#transfer = []
    const [only] = messages
    const all: FromMain = messages.length === 1 && only ? only : { type: 'several', messages }
    this.#port.postMessage(all, transfer)
  }
}
