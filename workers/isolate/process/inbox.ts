import type { DeliverMoved } from '../../../src/protocol/wire/messages.ts'
import type { WireThrown } from '../../../src/protocol/wire/thrown.ts'

/** Of a message that is not handled, for its caller no longer waits. */
export const LEFT_OUT = 'left-out'

/** The payload of a message that is not handled, for it cannot be read here. */
export class Unreadable {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

/** What a message is told at its turn. */
type Told = WireThrown | typeof LEFT_OUT | Unreadable

/** Messages that follow each other, of one operation. `at` and `sequence` go on as they are handled. */
export interface QueuedRun {
  sequence: number
  readonly operation: number
  readonly batch: readonly unknown[]
  at: number
  readonly end: number
  /** Whether some of its payloads are {@link Unreadable}. */
  readonly hasUnreadable?: boolean
}

/** Messages that one process has received and not begun. */
export class Inbox {
  #runs: QueuedRun[] = []
  #head = 0
  /** Messages whose callers no longer wait: left out, or why. */
  #told: Map<number, Told> | undefined
  /**
   * The last message whose buffers moved here; -1 where there is none. It exists nowhere else, so even a suspend comes
   * after it, and after those before it.
   */
  #lastMoved = -1

  push(run: QueuedRun): void {
    this.#runs.push(run)
    if (run.hasUnreadable === true) this.#refuseIn(run)
  }

  #refuseIn({ sequence, batch, at: from, end }: QueuedRun): void {
    for (let at = from; at < end; at++) {
      const payload = batch[at]
      if (payload instanceof Unreadable) this.tell(sequence + at - from, payload)
    }
  }

  pushMoved({ sequence, operation, payload }: DeliverMoved): void {
    const hasUnreadable = payload instanceof Unreadable
    this.push({ sequence, operation, batch: [payload], at: 0, end: 1, hasUnreadable })
    this.#lastMoved = sequence
  }

  /** Whether one whose buffers moved here waits. */
  get hasMoved(): boolean {
    if (this.#lastMoved === -1) return false
    const run = this.current
    const isWaiting = run !== undefined && run.sequence <= this.#lastMoved
    if (!isWaiting) this.#lastMoved = -1
    return isWaiting
  }

  /** The oldest run with messages left. */
  get current(): QueuedRun | undefined {
    for (; this.#head < this.#runs.length; this.#head++) {
      const run = this.#runs[this.#head]
      if (run !== undefined && run.at < run.end) return run
    }
    this.clear()
    return undefined
  }

  /** Keeps what a message is to be told at its turn. One that cannot be read is not handled. */
  tell(sequence: number, what: Told): void {
    this.#told ??= new Map()
    if (what !== LEFT_OUT && this.#told.get(sequence) instanceof Unreadable) return
    this.#told.set(sequence, what)
  }

  /** What a message is to be told. To be asked once, at its turn. */
  takeTold(sequence: number): Told | undefined {
    if (this.#told === undefined) return undefined
    const told = this.#told.get(sequence)
    this.#told.delete(sequence)
    return told
  }

  /** Drops all messages. */
  clear(): void {
    this.#lastMoved = -1
    this.#runs = []
    this.#head = 0
    this.#told = undefined
  }
}
