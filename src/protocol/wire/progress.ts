/**
 * The state of an activation, one word in shared memory. The side that swaps it first decides,
 * so main and isolate never disagree about a deadline that passes just as the work is done.
 *
 * ```
 *            main                    isolate
 * Vacant ──► Entering ─────────────► Running | Entered ──► Running (main: go)
 *               └─► Cancelled           │ ▲
 * Vacant ──► Running (init)            ▼ │ (main: withdraw)
 *                      Suspending ◄── main
 *                           └─────────► Suspended ──► Running (main: roll back)
 * ```
 */
export const CellState = {
  Vacant: 0,
  Running: 1,
  Suspending: 2,
  Suspended: 3,
  Entering: 4,
  Entered: 5,
  Cancelled: 6,
} as const

export type CellState = (typeof CellState)[keyof typeof CellState]

const WORDS = 4
const CELL_STATE = 0
const ATTEMPT = 1
const STARTED = 2
const FINISHED = 3

/** Shared memory for the progress of `slots` processes of one isolate. */
export function allocateProgress(slots: number): SharedArrayBuffer {
  return new SharedArrayBuffer(slots * WORDS * Int32Array.BYTES_PER_ELEMENT)
}

/**
 * The progress of one process, shared by main and its isolate: its state, how many messages were started, and how many
 * have finished in a row. Main reads it even when the thread hangs or is dead.
 * Counters are sequence numbers modulo 2^32; {@link unwrapSequence} widens them.
 */
export class ProgressCell {
  readonly #words: Int32Array
  /** Where the cell begins. A view of its own would weigh more than the whole rest of an idle process. */
  readonly #at: number

  /** The cell at `index` of words that came from {@link allocateProgress}. @throws RangeError where there is none. */
  constructor(words: Int32Array, index: number) {
    if (!((index + 1) * WORDS <= words.length)) throw new RangeError(`there is no cell ${index}`)
    this.#words = words
    this.#at = index * WORDS
  }

  get state(): CellState {
    return Atomics.load(this.#words, this.#at + CELL_STATE) as CellState
  }

  /** The sequence number after the last message whose handler was entered. */
  get started(): number {
    return Atomics.load(this.#words, this.#at + STARTED) >>> 0
  }

  /** The sequence number before which every message has finished. */
  get finished(): number {
    return Atomics.load(this.#words, this.#at + FINISHED) >>> 0
  }

  /** Whether a handler is under way. */
  get isHandling(): boolean {
    return this.started !== this.finished
  }

  /** The number of the latest suspend, which tells a withdrawn suspend's marker from a current one. */
  get attempt(): number {
    return Atomics.load(this.#words, this.#at + ATTEMPT)
  }

  /** Main, before anything is posted for the slot: the next message will be `sequence`. */
  place(state: CellState, sequence: number): void {
    Atomics.store(this.#words, this.#at + STARTED, sequence | 0)
    Atomics.store(this.#words, this.#at + FINISHED, sequence | 0)
    Atomics.store(this.#words, this.#at + CELL_STATE, state)
  }

  markStarted(next: number): void {
    Atomics.store(this.#words, this.#at + STARTED, next | 0)
  }

  markFinished(next: number): void {
    Atomics.store(this.#words, this.#at + FINISHED, next | 0)
  }

  /** Main: asks for a stop at the next message boundary; returns the number of this attempt. */
  requestSuspend(): number {
    const attempt = (Atomics.add(this.#words, this.#at + ATTEMPT, 1) + 1) | 0
    this.#swap(CellState.Running, CellState.Suspending)
    return attempt
  }

  /** Main: takes the request back. False when the isolate has suspended already. */
  withdrawSuspend(): boolean {
    return this.#swap(CellState.Suspending, CellState.Running)
  }

  /** Isolate, at a message boundary: false when the request was taken back. */
  suspend(): boolean {
    return this.#swap(CellState.Suspending, CellState.Suspended)
  }

  /** Main: lets a suspended process go on in its isolate. */
  rollBack(): boolean {
    return this.#swap(CellState.Suspended, CellState.Running)
  }

  /** Isolate: the migrated state is in place. False when main has cancelled. With `Running` the point of no return. */
  enter(to: typeof CellState.Running | typeof CellState.Entered): boolean {
    return this.#swap(CellState.Entering, to)
  }

  /** Main: lets a process that entered and holds start handling. */
  release(): boolean {
    return this.#swap(CellState.Entered, CellState.Running)
  }

  /** Main: cancels an import. False when the process handles messages already. */
  cancel(): boolean {
    return (
      this.#swap(CellState.Entering, CellState.Cancelled) ||
      this.#swap(CellState.Entered, CellState.Cancelled)
    )
  }

  #swap(from: CellState, to: CellState): boolean {
    return Atomics.compareExchange(this.#words, this.#at + CELL_STATE, from, to) === from
  }
}

/** The full sequence number nearest to `base` whose low 32 bits are `word`. */
export function unwrapSequence(word: number, base: number): number {
  return base + ((word - base) | 0)
}
