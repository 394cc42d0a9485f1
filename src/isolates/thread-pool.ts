import { Piscina } from 'piscina'
import type { ResourceLimits, Worker } from 'node:worker_threads'

/** Options in which moult's pools of threads differ. */
export interface ThreadPoolOptions {
  readonly maxThreads: number
  /** How long (ms) an idle thread is kept. */
  readonly idleTimeout: number
  readonly concurrentTasksPerWorker?: number
  readonly resourceLimits?: ResourceLimits
  readonly niceIncrement?: number
}

/**
 * The used part of Piscina. Its own declarations do not compile with `exactOptionalPropertyTypes`, which users may set.
 */
export interface ThreadPool {
  readonly threads: readonly Worker[]
  run(task: unknown, options: object): Promise<unknown>
  destroy(): Promise<void>
}

/** A pool that starts a thread when there is a task for it. */
export function createThreadPool(options: ThreadPoolOptions): ThreadPool {
  const piscina = new Piscina({
    minThreads: 0,
    // Piscina would block the thread's event loop in Atomics.wait() between tasks.
    atomics: 'disabled',
    recordTiming: false,
    // Threads run plain JavaScript: loaders of the main thread (tsx, …) would only slow their start.
    // V8's flags hold for all threads anyway.
    execArgv: [],
    ...options,
  })
  // The error of a thread without a task concerns no task, and nothing is lost.
  piscina.on('error', () => undefined)
  return piscina
}
