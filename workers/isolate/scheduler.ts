/** The interface of a process to the scheduler. */
export interface Scheduled {
  /** Handles at most `quota` waiting messages. True when it could handle more now. */
  takeTurn(quota: number): boolean
}

/** The messages that a process may handle in a turn. */
const QUOTA = 64
/** After this time (ms) the thread reads its port, so that new messages and suspends are seen. */
const SLICE_MS = 1

/**
 * Gives the processes of one isolate their turns: one with a long queue does not hold up the others.
 * Each process keeps the order of its own messages.
 */
export class Scheduler {
  #queue: Scheduled[] = []
  #head = 0
  readonly #queued = new Set<Scheduled>()
  #isRunning = false

  /** Adds a process with waiting messages. Call {@link run} when all are added. */
  add(process: Scheduled): void {
    if (this.#queued.has(process)) return
    this.#queued.add(process)
    this.#queue.push(process)
  }

  /** Gives turns until no process can handle more, or until the thread should read its port. */
  readonly run = (): void => {
    if (this.#isRunning) return
    this.#isRunning = true
    const began = performance.now()
    try {
      for (let process = this.#next(); process !== undefined; process = this.#next()) {
        if (process.takeTurn(QUOTA)) this.add(process)
        // A single process goes on: no other waits for a turn.
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
