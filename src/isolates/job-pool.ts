import type { ResourceLimits } from 'node:worker_threads'
import { MoultError, isMoultError } from '../protocol/errors.ts'
import { threadTask } from '../protocol/wire/thread-task.ts'
import type { ThreadTask } from '../protocol/wire/thread-task.ts'
import { withDeadline } from '../timing/deadline.ts'
import { ThreadPool } from './thread-pool.ts'

/** Options of a pool for one kind of job. */
export interface JobPoolOptions {
  /** Names the pool in the error after a close. */
  readonly name: string
  /** How long (ms) the thread is kept when it has no job. */
  readonly idleMs: number
  /** How many jobs may be under way at once in the thread. Default 1. */
  readonly concurrency?: number
  readonly resourceLimits?: ResourceLimits
  /** How long (ms) the thread may take until it runs. Default 30,000. */
  readonly startTimeoutMs?: number
}

/** Default of {@link JobPoolOptions.startTimeoutMs}. */
const START_TIMEOUT_MS = 30_000

/** A job that waits for its turn. */
interface Job {
  readonly task: ThreadTask
  readonly request: object
  readonly signal: AbortSignal | undefined
  readonly resolve: (result: unknown) => void
  readonly reject: (reason: unknown) => void
}

/** A thread for jobs such as bundling. It starts with a job and ends when it has been idle for a while. */
export class JobPool {
  readonly #options: JobPoolOptions
  readonly #waiting: Job[] = []
  #threads: ThreadPool
  #underWay = 0
  /** The ends of threads whose jobs were aborted. */
  #ended: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(options: JobPoolOptions) {
    this.#options = options
    this.#threads = this.#createThreads()
  }

  /** Whether there is a thread at all. */
  get isAlive(): boolean {
    return this.#threads.threads.length > 0
  }

  /**
   * Runs a job. Aborting the signal ends the thread.
   * Rejects with `RUNTIME_CLOSED` after a close, `ISOLATE_START_FAILED`, `LOAD_TIMEOUT` where the thread does not run in
   * time, the job's own error, or with an error of Piscina's when the thread ended. The jobs that wait get another
   * thread then.
   */
  run(task: ThreadTask, request: object, signal?: AbortSignal): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(this.#closed())
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, request, signal, resolve, reject })
      this.#startNext()
    })
  }

  /** Ends the thread and its jobs. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const { reject } of this.#waiting.splice(0)) reject(this.#closed())
    await Promise.all([this.#threads.destroy(), this.#ended])
  }

  /** Not left to Piscina: jobs that wait in its queue wait for ever where the thread ends. */
  #startNext(): void {
    const { concurrency = 1 } = this.#options
    if (this.#underWay >= concurrency) return
    const job = this.#waiting.shift()
    if (job === undefined) return
    this.#underWay++
    void this.#do(job)
      .then(job.resolve, job.reject)
      .finally(() => {
        this.#underWay--
        this.#startNext()
      })
  }

  async #do({ task, request, signal }: Job): Promise<unknown> {
    signal?.throwIfAborted()
    const threads = this.#threads
    try {
      const { ended } = threads.run(request, threadTask(task))
      return await withDeadline(ended, { signal })
    } catch (cause) {
      const isHeld = signal?.aborted === true || isMoultError(cause, 'LOAD_TIMEOUT')
      // Others that waited for the same thread may have left it before.
      if (isHeld && threads === this.#threads) this.#leaveThread()
      throw this.#isClosed ? this.#closed(cause) : cause
    }
  }

  /** What runs there is not waited for: the next job gets another thread. */
  #leaveThread(): void {
    this.#ended = Promise.all([this.#ended, this.#threads.destroy()])
    this.#threads = this.#createThreads()
  }

  #createThreads(): ThreadPool {
    const { name, idleMs, concurrency = 1, resourceLimits } = this.#options
    const { startTimeoutMs = START_TIMEOUT_MS } = this.#options
    return new ThreadPool({
      name: `the thread of ${name}`,
      isShared: true,
      startTimeoutMs,
      idleTimeout: idleMs,
      concurrentTasksPerWorker: concurrency,
      ...(resourceLimits && { resourceLimits }),
      // Running processes have precedence over jobs.
      niceIncrement: process.platform === 'win32' ? 0 : 10,
    })
  }

  #closed(cause?: unknown): MoultError {
    return new MoultError('RUNTIME_CLOSED', `${this.#options.name} has been closed`, { cause })
  }
}
