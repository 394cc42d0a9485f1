/** What a scheduler needs of a process. */
export interface Scheduled {
  /** Handles at most `quota` messages that wait. True when it could handle more now. */
  takeTurn(quota: number): boolean
}

/** So many messages a process handles before the next has its turn. */
const QUOTA = 64
/** After this time (ms) the thread looks what has arrived, so that what waits for nobody's turn (a new message, a suspend) is seen. */
const SLICE_MS = 1

/**
 * Gives the processes of one isolate their turns: one with a long queue does not keep the others waiting for its end.
 * Not for order, which is each process's own.
 */
export class Scheduler {
  #queue: Scheduled[] = []
  #head = 0
  readonly #queued = new Set<Scheduled>()
  #isRunning = false

  /** It has something to handle. Call {@link run} when all are added. */
  add(process: Scheduled): void {
    if (this.#queued.has(process)) return
    this.#queued.add(process)
    this.#queue.push(process)
  }

  /** Gives turns until nobody can handle more, or the thread should look what has arrived meanwhile. */
  readonly run = (): void => {
    if (this.#isRunning) return
    this.#isRunning = true
    const began = performance.now()
    try {
      for (let process = this.#next(); process !== undefined; process = this.#next()) {
        if (process.takeTurn(QUOTA)) this.add(process)
        // Alone it goes on: there is nobody who waits for a turn.
        if (this.#queued.size > 1 && performance.now() - began > SLICE_MS) {
          setImmediate(this.run)
          return
        }
      }
    } finally {
      this.#isRunning = false
    }
  }

  #next(): Scheduled | undefined {
    const process = this.#queue[this.#head]
    if (process === undefined) return undefined
    this.#head++
    if (this.#head === this.#queue.length) {
      this.#queue = []
      this.#head = 0
    }
    this.#queued.delete(process)
    return process
  }
}
