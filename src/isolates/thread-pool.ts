import { Piscina, queueOptionsSymbol } from 'piscina'
import type { ResourceLimits, Transferable, Worker } from 'node:worker_threads'
import { threadFlags } from './condition-flags.ts'
import { Deferred } from '../protocol/deferred.ts'
import type { MoultError } from '../protocol/errors.ts'
import { atDeadline } from '../timing/deadline.ts'
import type { Limits } from './limits-in-words.ts'
import { startFailure, startTimeout } from './start-failure.ts'
import { WaitingTasks } from './waiting-tasks.ts'

/** Options in which moult's pools of threads differ. */
export interface ThreadPoolOptions {
  /** Names a thread in the error of one that cannot be started. */
  readonly name: string
  /** Whether all tasks have one thread, or each one of its own. */
  readonly isShared: boolean
  /** How long (ms) an idle thread is kept. */
  readonly idleTimeout: number
  readonly concurrentTasksPerWorker?: number
  readonly resourceLimits?: ResourceLimits
  readonly niceIncrement?: number
  /** How long (ms) a thread may take to its first task. Default: for ever. */
  readonly startTimeoutMs?: number
}

/** What a thread is to do. */
interface TaskOptions {
  readonly filename: string
  readonly name: string
  readonly transferList?: Transferable[]
}

/** A task that a thread does, or will do. */
export interface Running {
  /** The thread. Undefined where none could be started. */
  readonly thread: Worker | undefined
  /**
   * The task's result. Rejects with its error, with one of Piscina's where the thread ended, and with
   * `ISOLATE_START_FAILED` or `LOAD_TIMEOUT` where the thread never came to it.
   */
  readonly ended: Promise<unknown>
}

/** A task as Piscina queues it. */
interface Task {
  readonly [queueOptionsSymbol]: object | null
}

/** Goes with a task until it has come to its thread. */
interface Ticket {
  /** The one thread that is to do it. */
  thread: Worker | undefined
  /** Rejects where that thread has ended before. */
  readonly lost: Deferred<never>
}

/**
 * Threads that are started when there is a task for them. Piscina itself never settles a task whose thread dies as it
 * starts. The task stays in its queue, and when the next thread is ready Piscina starts threads for it up to the limit
 * of the pool. Where the system refuses one of these, the error is thrown into the event loop and ends Node. So each
 * task is bound to one thread, and leaves the queue with it.
 */
export class ThreadPool {
  readonly #piscina: Piscina
  readonly #options: ThreadPoolOptions
  readonly #waiting = new WaitingTasks<Task>()

  constructor(options: ThreadPoolOptions) {
    const { isShared, idleTimeout, resourceLimits } = options
    const { concurrentTasksPerWorker = 1, niceIncrement = 0 } = options
    this.#options = options
    this.#piscina = new Piscina({
      minThreads: 0,
      // Beyond a limit a task would wait without a word. Its owner knows how many threads there may be.
      maxThreads: isShared ? 1 : Infinity,
      // Piscina would block the thread's event loop in Atomics.wait() between tasks.
      atomics: 'disabled',
      recordTiming: false,
      idleTimeout,
      concurrentTasksPerWorker,
      niceIncrement,
      ...(resourceLimits && { resourceLimits }),
      taskQueue: this.#waiting,
      loadBalancer: (task, workers) => {
        const { thread } = ticketOf(task)
        return workers.find(({ id }) => id === thread?.threadId) ?? null
      },
    })
    // The error of a thread without a task concerns no task, and nothing is lost.
    this.#piscina.on('error', () => undefined)
  }

  get resourceLimits(): Limits {
    return this.#options.resourceLimits
  }

  get threads(): readonly Worker[] {
    return this.#piscina.threads
  }

  /**
   * Gives a task to the shared thread, or to one of its own, which is started where it must be: with these flags.
   * Never throws.
   */
  run(task: object, options: TaskOptions, flags: readonly string[] = []): Running {
    const known = new Set(this.threads)
    // Piscina reads it as it starts a thread, which it does at once. A task gets no thread that was started for another.
    Object.assign(this.#piscina.options, { execArgv: threadFlags(flags) })
    const ticket: Ticket = { thread: this.#shared(), lost: new Deferred() }
    let ended: Promise<unknown>
    try {
      ended = this.#piscina.run({ ...task, [queueOptionsSymbol]: ticket }, options)
    } catch (error) {
      this.#waiting.take((each) => ticketOf(each) === ticket)
      return { thread: undefined, ended: Promise.reject(this.#failure(error)) }
    }
    ticket.thread ??= this.threads.find((each) => !known.has(each))
    if (ticket.thread !== undefined && !known.has(ticket.thread)) this.#watch(ticket.thread)
    return { thread: ticket.thread, ended: Promise.race([ended, ticket.lost.promise]) }
  }

  /** Ends all threads and their tasks. */
  async destroy(): Promise<void> {
    await this.#piscina.destroy()
  }

  #shared(): Worker | undefined {
    return this.#options.isShared ? this.threads[0] : undefined
  }

  /** What waits for a thread that has ended before it was ready fails with it. So does what waits for too long. */
  #watch(thread: Worker): void {
    const lose = (reason: () => MoultError): void => {
      const lost = this.#waiting.take((task) => ticketOf(task).thread === thread)
      for (const task of lost) ticketOf(task).lost.reject(reason())
    }
    const { name, startTimeoutMs } = this.#options
    const late = (): void => lose(() => startTimeout(name, startTimeoutMs ?? Infinity))
    const timer = startTimeoutMs === undefined ? undefined : atDeadline(startTimeoutMs, late)
    timer?.unref()
    thread.once('error', (error) => lose(() => this.#failure(error)))
    thread.once('exit', (exitCode) => {
      clearTimeout(timer)
      lose(() => this.#failure(undefined, exitCode))
    })
  }

  #failure(error: unknown, exitCode = 1): MoultError {
    return startFailure(this.#options, { error, exitCode })
  }
}

function ticketOf(task: Task): Ticket {
  return task[queueOptionsSymbol] as Ticket
}
