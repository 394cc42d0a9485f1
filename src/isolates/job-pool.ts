import type { ResourceLimits } from 'node:worker_threads'
import { MoultError } from '../protocol/errors.ts'
import { threadTask } from '../protocol/wire/thread-task.ts'
import type { ThreadTask } from '../protocol/wire/thread-task.ts'
import { createThreadPool } from './thread-pool.ts'
import type { ThreadPool } from './thread-pool.ts'

/** Options of a pool for one kind of job. */
export interface JobPoolOptions {
  /** Names the pool in the error after a close. */
  readonly name: string
  /** How long (ms) the thread is kept when it has no job. */
  readonly idleMs: number
  /** How many jobs may be under way at once in the thread. Default 1. */
  readonly concurrency?: number
  readonly resourceLimits?: ResourceLimits
}

/** A thread for jobs such as bundling. It starts with a job and ends when it has been idle for a while. */
export class JobPool {
  readonly #name: string
  readonly #threads: ThreadPool
  #isClosed = false

  constructor({ name, idleMs, concurrency = 1, resourceLimits }: JobPoolOptions) {
    this.#name = name
    this.#threads = createThreadPool({
      maxThreads: 1,
      idleTimeout: idleMs,
      concurrentTasksPerWorker: concurrency,
      ...(resourceLimits && { resourceLimits }),
      // Running processes have precedence over jobs.
      niceIncrement: process.platform === 'win32' ? 0 : 10,
    })
  }

  /** Whether there is a thread at all. */
  get isAlive(): boolean {
    return this.#threads.threads.length > 0
  }

  /**
   * Runs a job. Aborting the signal ends the thread.
   * Rejects with `RUNTIME_CLOSED` after a close, with the job's own error, or with an error of Piscina's when the
   * thread ended.
   */
  run(task: ThreadTask, request: unknown, signal?: AbortSignal): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(this.#closed())
    const job = this.#threads.run(request, { ...threadTask(task), signal })
    return job.catch((cause: unknown) => {
      throw this.#isClosed ? this.#closed(cause) : cause
    })
  }

  /** Ends the thread and its jobs. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#threads.destroy()
  }

  #closed(cause?: unknown): MoultError {
    return new MoultError('RUNTIME_CLOSED', `${this.#name} has been closed`, { cause })
  }
}
