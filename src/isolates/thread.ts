import type { Worker } from 'node:worker_threads'
import { profileOf } from './inspection/profile.ts'
import type { CpuProfile } from './inspection/cpu-profile.ts'
import { AddonLoading } from '../protocol/wire/addon-loading.ts'
import type { IsolateStart } from '../protocol/wire/control.ts'
import { threadTask } from '../protocol/wire/thread-task.ts'
import { isOutOfMemory } from './limits-in-words.ts'
import type { Limits } from './limits-in-words.ts'
import type { ThreadPool } from './thread-pool.ts'

/** How often (ms) it is looked whether an addon has been loaded, and how often at most. */
const [LOOK_EVERY_MS, MOST_LOOKS] = [10, 1000]

/** What an isolate starts its thread with. */
export type ThreadStart = Omit<IsolateStart, 'addons'>

/** How a thread ended. */
export interface ThreadExit {
  readonly threadId: number
  readonly exitCode: number
  /** The error that ended it, when it was one of its own. */
  readonly error: Error | undefined
  /** The limits of the thread, where one of them has ended it. */
  readonly limits?: Limits
}

/** One long-running Piscina task and the thread that it has for itself. */
export class Thread {
  /** Settles once the thread is gone, or could not be started; never rejects. */
  readonly exited: Promise<ThreadExit>
  /** -1 where no thread could be started. */
  readonly threadId: number
  readonly #worker: Worker | undefined
  readonly #limits: Limits
  readonly #addons: AddonLoading
  #isTerminated = false

  constructor(pool: ThreadPool, start: ThreadStart, flags?: readonly string[]) {
    const addons = AddonLoading.allocate()
    this.#addons = new AddonLoading(addons)
    const { data, control, services } = start
    const transferList = [data, control, services]
    const { thread, ended } = pool.run(
      { ...start, addons },
      { ...threadTask('isolate'), transferList },
      flags,
    )
    this.#worker = thread
    this.#limits = pool.resourceLimits
    this.threadId = thread?.threadId ?? -1
    this.exited = this.#watch(ended, thread && exitCodeOf(thread))
  }

  /** What it does for `ms`, also amid a loop. @throws where that cannot be found out, and when `signal` is aborted */
  profile(ms: number, signal: AbortSignal): Promise<CpuProfile | undefined> {
    if (this.#worker === undefined) return Promise.resolve(undefined)
    return profileOf(this.#worker, ms, signal)
  }

  /**
   * Ends the thread, whatever it does. While it loads a native addon, which may abort Node then, it is waited for, but
   * not for ever. Not before it runs.
   */
  terminate(): void {
    // Node adds a listener each time, and warns of a leak at the eleventh: each of a batch of processes may ask for it.
    if (this.#isTerminated) return
    this.#isTerminated = true
    this.#end(MOST_LOOKS)
  }

  #end(looks: number): void {
    if (this.#addons.refuse() || looks === 0) void this.#worker?.terminate()
    else setTimeout(() => this.#end(looks - 1), LOOK_EVERY_MS)
  }

  async #watch(ended: Promise<unknown>, exits = Promise.resolve(1)): Promise<ThreadExit> {
    const reason: unknown = await ended.catch((error: unknown) => error)
    // Where the task has failed its thread has not: it would wait for another task.
    this.terminate()
    const exitCode = await exits
    const error = isOwnError(reason) ? reason : undefined
    const exit = { threadId: this.threadId, exitCode, error }
    return isOutOfMemory(error) ? { ...exit, limits: this.#limits } : exit
  }
}

/** Not by `events.once`, which rejects when the thread's own error comes before its exit. */
function exitCodeOf(thread: Worker): Promise<number> {
  return new Promise((resolve) => thread.once('exit', resolve))
}

/** Whether the thread threw: Piscina has errors of its own for a thread that exited or was ended. */
function isOwnError(reason: unknown): reason is Error {
  if (!(reason instanceof Error)) return false
  return !/^(worker exited with code|Terminating worker thread)/.test(reason.message)
}
