import { keepPrototypes, needsDeclared, restorePrototypes } from '../bytes/prototypes.ts'
import type { Prototypes } from '../bytes/prototypes.ts'
import type { TraceContext } from '../definition/trace.ts'

/**
 * A batch is a flat list of runs: slot, first sequence number, kind, count, then that many values.
 * Entries of one process that follow each other and are of one kind cost one element each, and a flat list
 * of small values is what V8 clones fastest.
 */
const HEADER = 4

/**
 * The slot of a run that lists values of the batch with their prototypes. It comes first, so that all values are whole
 * when they are given out.
 */
const PROTOTYPES = -1

/** The slot of a run that lists the traces of messages of the batch. It comes first, too. */
const TRACES = -2

type Mark = readonly [value: unknown, prototypes: Prototypes]
type Trace = readonly [slot: number, sequence: number, trace: TraceContext]

/** Gathers entries into a batch. */
export class RunWriter {
  #batch: unknown[] = []
  #marks: Mark[] | undefined
  #traces: Trace[] | undefined
  #slot = -1
  #kind = -1
  #next = -1
  #count = 0
  #countAt = -1

  get isEmpty(): boolean {
    return this.#batch.length === 0 && this.#traces === undefined
  }

  /** How many elements the batch has, headers included. */
  get size(): number {
    return this.#batch.length
  }

  add(slot: number, sequence: number, kind: number, value: unknown): void {
    if (sequence !== this.#next || kind !== this.#kind || slot !== this.#slot) {
      this.#begin(slot, sequence, kind)
    }
    this.#batch.push(value)
    this.#batch[this.#countAt] = ++this.#count
    this.#next = sequence + 1
  }

  /** Sends the prototypes of a value of this batch along. */
  mark(value: unknown, prototypes: Prototypes): void {
    ;(this.#marks ??= []).push([value, prototypes])
  }

  /** Sends a trace along, for a message of this batch, or for one that is posted behind it. */
  trace(slot: number, sequence: number, trace: TraceContext): void {
    ;(this.#traces ??= []).push([slot, sequence, trace])
  }

  /** The batch; the writer begins another. */
  take(): unknown[] {
    let batch = this.#batch
    if (this.#marks !== undefined) batch = ahead(PROTOTYPES, this.#marks, batch)
    if (this.#traces !== undefined) batch = ahead(TRACES, this.#traces, batch)
    this.#marks = undefined
    this.#traces = undefined
    this.#batch = []
    this.#slot = -1
    return batch
  }

  #begin(slot: number, sequence: number, kind: number): void {
    this.#slot = slot
    this.#kind = kind
    this.#count = 0
    this.#countAt = this.#batch.length + HEADER - 1
    this.#batch.push(slot, sequence, kind, 0)
  }
}

function ahead(slot: number, values: readonly unknown[], batch: readonly unknown[]): unknown[] {
  return [slot, 0, 0, values.length, ...values, ...batch]
}

/** Receives a run. Its values are `batch[from]` up to, not including, `batch[to]`. */
export type OnRun = (slot: number, sequence: number, kind: number, from: number, to: number) => void

/** Receives the trace of a message of the batch, before the message. */
export type OnTrace = (slot: number, sequence: number, trace: TraceContext) => void

/** Receives a value of the batch that only what is declared can read, before all runs. */
type OnDeclared = (value: unknown, prototypes: Prototypes, batch: readonly unknown[]) => void

/** Goes through the runs of a batch, in order. */
export function readRuns(
  batch: readonly unknown[],
  onRun: OnRun,
  onDeclared: OnDeclared = nothing,
  onTrace?: OnTrace,
): void {
  for (let at = 0; at < batch.length;) {
    const from = at + HEADER
    const to = from + (batch[at + 3] as number)
    const slot = batch[at] as number
    if (slot >= 0) onRun(slot, batch[at + 1] as number, batch[at + 2] as number, from, to)
    else if (slot === PROTOTYPES) restore(batch.slice(from, to) as Mark[], batch, onDeclared)
    else for (const trace of batch.slice(from, to) as Trace[]) onTrace?.(...trace)
    at = to
  }
}

function restore(marks: readonly Mark[], batch: readonly unknown[], onDeclared: OnDeclared): void {
  for (const [value, prototypes] of marks) {
    restorePrototypes(prototypes)
    keepPrototypes(value, prototypes)
    if (needsDeclared(prototypes)) onDeclared(value, prototypes, batch)
  }
}

function nothing(): void {
  // It goes on as it is.
}
