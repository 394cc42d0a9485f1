import type { DeliverMoved } from '../../../src/protocol/wire/messages.ts'

/** Messages that follow each other, of one operation. `at` and `sequence` go on as they are handled. */
export interface QueuedRun {
  sequence: number
  readonly operation: number
  readonly batch: readonly unknown[]
  at: number
  readonly end: number
}

/** Messages that one process has received and not begun. */
export class Inbox {
  #runs: QueuedRun[] = []
  #head = 0
  /** Messages whose callers no longer wait. */
  #forgotten: Set<number> | undefined
  /** Messages whose buffers moved here. They exist nowhere else, so even a suspend comes after them. */
  #moved: DeliverMoved[] | undefined

  push(run: QueuedRun): void {
    this.#runs.push(run)
  }

  pushMoved(message: DeliverMoved): void {
    ;(this.#moved ??= []).push(message)
  }

  get hasMoved(): boolean {
    return this.#moved !== undefined && this.#moved.length > 0
  }

  /** Takes the oldest message whose buffers moved here. */
  shiftMoved(): DeliverMoved | undefined {
    return this.#moved?.shift()
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

  forget(sequence: number): void {
    this.#forgotten ??= new Set()
    this.#forgotten.add(sequence)
  }

  /** Whether a message is to be left out. To be asked once, at its turn. */
  isForgotten(sequence: number): boolean {
    return this.#forgotten !== undefined && this.#forgotten.delete(sequence)
  }

  /** Drops all messages, except those whose buffers moved here. */
  clear(): void {
    this.#runs = []
    this.#head = 0
    this.#forgotten = undefined
  }
}
