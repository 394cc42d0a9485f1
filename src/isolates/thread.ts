import type { IsolateStart } from '../protocol/wire/control.ts'
import { threadTask } from '../protocol/wire/thread-task.ts'
import type { ThreadPool } from './thread-pool.ts'

/** How a thread ended. */
export interface ThreadExit {
  readonly threadId: number
  readonly exitCode: number
  /** The error that ended it, when it was one of its own. */
  readonly error: Error | undefined
}

/** One long-running Piscina task: its promise is the thread's monitor, its signal the means to end it. */
export class Thread {
  /** Settles once the thread is gone; never rejects. */
  readonly exited: Promise<ThreadExit>
  readonly #pool: ThreadPool
  readonly #abort = new AbortController()
  #exitCode: Promise<number> | undefined
  #threadId = -1

  constructor(pool: ThreadPool, start: IsolateStart) {
    this.#pool = pool
    const { data, control, services } = start
    const ended = pool.run(start, {
      ...threadTask('isolate'),
      transferList: [data, control, services],
      signal: this.#abort.signal,
    }) as Promise<never>
    this.exited = this.#watch(ended)
  }

  get threadId(): number {
    return this.#threadId
  }

  /** Takes the number that the thread has sent: from now on its exit can be seen, not only the end of its task. */
  identify(threadId: number): void {
    const worker = this.#pool.threads.find((each) => each.threadId === threadId)
    this.#threadId = threadId
    if (worker === undefined) return
    // Not `events.once`, which rejects when the thread's own error comes before its exit.
    this.#exitCode = new Promise((resolve) => worker.once('exit', resolve))
  }

  /** Ends the thread, whatever it does. Never while it starts or imports: a native addon may crash Node then. */
  terminate(): void {
    this.#abort.abort()
  }

  async #watch(ended: Promise<never>): Promise<ThreadExit> {
    const reason: unknown = await ended.catch((error: unknown) => error)
    // An aborted task rejects at once, before its thread has gone.
    const exitCode = (await this.#exitCode) ?? 1
    return {
      threadId: this.#threadId,
      exitCode,
      error: isOwnError(reason) ? reason : undefined,
    }
  }
}

/** Whether the thread threw: Piscina has errors of its own for a thread that exited or was ended. */
function isOwnError(reason: unknown): reason is Error {
  if (!(reason instanceof Error) || reason.name === 'AbortError') return false
  return !/^(worker exited with code|Terminating worker thread)/.test(reason.message)
}
