import type { MessagePort, Transferable } from 'node:worker_threads'
import type { FromMain } from '../protocol/messages.ts'
import { RunWriter } from '../protocol/runs.ts'

/** What main has to tell one isolate. Messages to its processes go out together, one post a tick; the rest keeps its place among them. */
export class Outbox {
  readonly #port: MessagePort
  readonly #runs = new RunWriter()

  constructor(port: MessagePort) {
    this.#port = port
  }

  /** Adds a message to the tick's batch. The payload must be known to be cloneable. */
  deliver(slot: number, sequence: number, operation: number, payload: unknown): void {
    if (this.#runs.isEmpty) queueMicrotask(this.#flush)
    this.#runs.add(slot, sequence, operation, payload)
  }

  /** Posts at once, behind what was delivered before. */
  post(message: FromMain, transfer: readonly Transferable[] = []): void {
    this.#flush()
    this.#port.postMessage(message, transfer)
  }

  readonly #flush = (): void => {
    if (this.#runs.isEmpty) return
    this.#port.postMessage(this.#runs.take() satisfies FromMain)
  }
}
