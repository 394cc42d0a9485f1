import type { TraceContext } from '../../../src/protocol/definition/trace.ts'
import { decodeThrown } from '../../../src/protocol/wire/thrown.ts'
import type { WireThrown } from '../../../src/protocol/wire/thrown.ts'
import { LeftSignals } from './left-signals.ts'

/**
 * The traces of single messages of one process, and their signals: aborted when the caller waits no more, or the process leaves. One is
 * made when a handler asks for it.
 */
export class MessageSignals {
  /** Of running handlers, by their sequence numbers. */
  readonly #running = new Map<number, AbortController>()
  /** Why the callers of running handlers wait no more. */
  readonly #reasons = new Map<number, WireThrown>()
  readonly #left = new LeftSignals()
  #traces: Map<number, TraceContext> | undefined

  /** The signal of a running handler. */
  of(sequence: number): AbortSignal {
    const controller = this.#running.get(sequence) ?? new AbortController()
    const reason = this.#reasons.get(sequence)
    if (reason !== undefined) controller.abort(decodeThrown(reason))
    this.#running.set(sequence, controller)
    return controller.signal
  }

  /**
   * The caller of a handler that runs, or begins now, waits no more. Returns what has to be aborted, where the handler
   * has asked for its signal.
   */
  abandon(sequence: number, reason: WireThrown): AbortController | undefined {
    this.#reasons.set(sequence, reason)
    const controller = this.#running.get(sequence)
    return controller?.signal.aborted === false ? controller : undefined
  }

  /** A handler has ended. What it has left behind, such as a timer, may still look at its signal. */
  end(sequence: number): void {
    this.#reasons.delete(sequence)
    this.#traces?.delete(sequence)
    const controller = this.#running.get(sequence)
    if (controller === undefined) return
    this.#running.delete(sequence)
    if (!controller.signal.aborted) this.#left.add(controller)
  }

  /** The trace of a message that waits or is handled. */
  traceOf(sequence: number): TraceContext | undefined {
    return this.#traces?.get(sequence)
  }

  setTrace(sequence: number, trace: TraceContext | undefined): void {
    if (trace === undefined) this.#traces?.delete(sequence)
    else (this.#traces ??= new Map()).set(sequence, trace)
  }

  /** Messages that have not begun are delivered again, with other numbers. */
  dropTraces(from: number): void {
    for (const sequence of this.#traces?.keys() ?? [])
      if (sequence >= from) this.#traces?.delete(sequence)
  }

  /** The process leaves. */
  abortAll(): void {
    for (const controller of this.#running.values()) controller.abort()
    this.#left.abortAll()
  }
}
