import type { TraceContext } from '../../../src/protocol/definition/trace.ts'
import { decodeThrown } from '../../../src/protocol/wire/thrown.ts'
import type { WireThrown } from '../../../src/protocol/wire/thrown.ts'
import { asyncContexts } from '../async-contexts.ts'
import type { OriginProcess } from '../async-contexts.ts'
import { MessageSignals } from './message-signals.ts'

/** Tells the handlers of one process when they are to stop, and keeps the traces of their messages. */
export class ProcessSignals {
  readonly #process: OriginProcess
  // Made at the first use: an idle process should weigh little.
  #abort: AbortController | undefined
  /** Aborted while an upgrade waits. */
  #leaving: AbortController | undefined
  /** Those of single messages. */
  #signals: MessageSignals | undefined
  #hasLeft = false

  constructor(process: OriginProcess) {
    this.#process = process
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.#hasLeft) this.#abort.abort()
    return this.#abort.signal
  }

  /** The signal of the handler that runs for this message. */
  signalOf(sequence: number): AbortSignal {
    if (this.#hasLeft) return this.signal
    this.#signals ??= new MessageSignals()
    return this.#signals.of(sequence)
  }

  /** The caller of a handler that runs, or begins now, waits no more. */
  abandon(sequence: number, reason: WireThrown): void {
    this.#signals ??= new MessageSignals()
    const abort = this.#signals.abandon(sequence, reason)
    if (abort === undefined) return
    asyncContexts.run(this.#process, 'abort', () => abort.abort(decodeThrown(reason)))
  }

  /** The handler of this message has ended. */
  endOf(sequence: number): void {
    this.#signals?.end(sequence)
  }

  /** The trace of a message that waits or is handled. */
  traceOf(sequence: number | undefined): TraceContext | undefined {
    return sequence === undefined ? undefined : this.#signals?.traceOf(sequence)
  }

  setTrace(sequence: number, trace: TraceContext | undefined): void {
    this.#signals ??= new MessageSignals()
    this.#signals.setTrace(sequence, trace)
  }

  /** Messages from this one on are delivered again, with other numbers. */
  forgetFrom(sequence: number): void {
    this.#signals?.dropTraces(sequence)
  }

  get leaving(): AbortSignal {
    this.#leaving ??= new AbortController()
    return this.#leaving.signal
  }

  /** An upgrade waits for the running handlers to end. */
  awaitEnd(): void {
    const asked = this.#leaving
    this.#leaving ??= new AbortController()
    if (asked === undefined) this.#leaving.abort()
    else asyncContexts.run(this.#process, 'abort', () => asked.abort())
  }

  /** It waits no more. */
  abandonUpgrade(): void {
    if (this.#leaving?.signal.aborted === true) this.#leaving = undefined
  }

  /** The process has left. */
  leave(): void {
    this.#hasLeft = true
    const abort = this.#abort
    const signals = this.#signals
    if (abort === undefined && signals === undefined) return
    asyncContexts.run(this.#process, 'abort', () => {
      abort?.abort()
      signals?.abortAll()
    })
  }
}
