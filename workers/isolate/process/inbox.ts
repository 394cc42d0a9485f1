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
  /** Messages that nobody waits for any more. */
  #forgotten: Set<number> | undefined
  /** Messages that came with their buffers. They exist nowhere else, so even a suspend lets them be handled first. */
  #moved: DeliverMoved[] | undefined

  push(run: QueuedRun): void {
    this.#runs.push(run)
  }

  pushMoved(message: DeliverMoved): void {
    ;(this.#moved ??= []).push(message)
  }

  /** The oldest that came with its buffers. */
  shiftMoved(): DeliverMoved | undefined {
    return this.#moved?.shift()
  }

  /** The oldest run that has not come to its end. */
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

  /** Whether a message is to be left out, asked once when its turn has come. */
  isForgotten(sequence: number): boolean {
    return this.#forgotten !== undefined && this.#forgotten.delete(sequence)
  }

  /** But for what came with its buffers. */
  clear(): void {
    this.#runs = []
    this.#head = 0
    this.#forgotten = undefined
  }
}
