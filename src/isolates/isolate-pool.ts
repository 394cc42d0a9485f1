import type { ResourceLimits } from 'node:worker_threads'
import type { Services } from '../protocol/definition/context.ts'
import type { OnUnhandled } from '../protocol/wire/control.ts'
import { MoultError } from '../protocol/errors.ts'
import { fulfilsWithin } from '../timing/deadline.ts'
import { ThreadIsolate } from './isolate.ts'
import type { IsolateObserver } from './isolate-observer.ts'
import type { Isolate } from './isolate.ts'
import { LentFunctions } from './lent-functions.ts'
import { LiveIsolates } from './live-isolates.ts'
import { startFailure, startTimeout } from './start-failure.ts'
import { ThreadPool } from './thread-pool.ts'
import { Thread } from './thread.ts'
import type { ThreadStart } from './thread.ts'

/** Options of a pool of isolates. */
export interface IsolatePoolOptions {
  /** How many isolates may live at once, the warm spare included. */
  readonly maxIsolates: number
  /** How many started, blank isolates are kept. */
  readonly warmSpares: number
  /** Limits of each thread's heap and stack, as for a Worker. */
  readonly resourceLimits: ResourceLimits | undefined
  /** How long (ms) a thread may take until it runs. */
  readonly startTimeoutMs: number
  /** How long (ms) an isolate that was asked to leave may take before it is ended. */
  readonly exitGraceMs: number
  readonly onUnhandled: OnUnhandled
  /** Whether a state is looked at after each handler. */
  readonly checkStates: boolean
}

/** What a thread has of its own. */
export interface OwnThread {
  /** Over those of the runtime. */
  readonly resourceLimits?: ResourceLimits | undefined
  /** Flags of Node. */
  readonly flags?: readonly string[] | undefined
}

/** What an isolate that does not start is called. */
const THREAD = 'a thread'

/** A start takes some 25 ms of a processor. The first messages after an upgrade go first. */
const REFILL_DELAY_MS = 100
/** The same after a spare was taken, unless what took it says before that it has ended. */
const TAKEN_DELAY_MS = 1_000

/** How long (ms) no spare is started after one that was lost. Each further loss doubles it, up to the longest. */
const [FIRST_RETRY_MS, LONGEST_RETRY_MS] = [1_000, 30_000]

/**
 * Starts isolates and keeps warm spares. One Piscina serves all versions: a pool per version leaks
 * its threads' memory and caches handlers by file name for ever.
 */
export class IsolatePool {
  readonly #options: IsolatePoolOptions
  readonly #lent: LentFunctions
  readonly #observer: IsolateObserver
  readonly #threads: ThreadPool
  /** Threads with limits of their own, by these. */
  readonly #limited = new Map<string, ThreadPool>()
  readonly #spares = new Set<Promise<Isolate>>()
  /** Spares included. */
  readonly alive: LiveIsolates
  #refillTimer: NodeJS.Timeout | undefined
  #retryMs = FIRST_RETRY_MS
  #isClosed = false

  constructor(options: IsolatePoolOptions, services: Services, observer: IsolateObserver) {
    this.#options = options
    this.#lent = new LentFunctions(services)
    this.#observer = observer
    this.alive = new LiveIsolates(observer)
    this.#threads = threadPool(options.resourceLimits)
  }

  /** Threads that are alive, spares included. */
  get size(): number {
    return this.alive.size
  }

  /**
   * A blank isolate: a warm spare when there is one. Call {@link refillLater} once the hurry is over. For limits and
   * flags of a version's own there are no spares.
   */
  async take(own: OwnThread = {}): Promise<Isolate> {
    if (own.resourceLimits !== undefined || own.flags !== undefined) return this.#start(own)
    // A start in the middle of an upgrade would lengthen its pause.
    this.refillLater(TAKEN_DELAY_MS)
    for (;;) {
      const [spare] = this.#spares
      if (spare === undefined) return this.#start()
      this.#spares.delete(spare)
      const isolate = await spare.catch(() => undefined)
      if (isolate?.state !== 'blank') continue
      this.#retryMs = FIRST_RETRY_MS
      return isolate
    }
  }

  /** Refills a little later, so that current work has the processor to itself. */
  refillLater(delayMs = REFILL_DELAY_MS): void {
    clearTimeout(this.#refillTimer)
    if (this.#isClosed) return
    this.#refillTimer = setTimeout(() => this.refill(), delayMs).unref()
  }

  /** Starts missing spares. Not awaited: a start takes tens of milliseconds. */
  refill(): void {
    while (!this.#isClosed && this.#spares.size < this.#options.warmSpares) {
      if (this.alive.size >= this.#options.maxIsolates) return
      this.#startSpare()
    }
  }

  #startSpare(): void {
    const spare = this.#start()
    this.#spares.add(spare)
    const lose = (): void => {
      if (!this.#spares.delete(spare)) return
      this.refillLater(this.#retryMs)
      this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS)
    }
    spare.then(({ exited }) => void exited.then(lose), lose)
  }

  /** Asks an isolate to leave and resolves when its thread has gone. */
  retire(isolate: Isolate): ReturnType<Isolate['leave']> {
    return isolate.leave(this.#options.exitGraceMs)
  }

  /** Ends every thread. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#refillTimer)
    await Promise.all([...this.alive].map(([isolate]) => this.retire(isolate)))
    const pools = [this.#threads, ...this.#limited.values()]
    await Promise.all(pools.map((pool) => pool.destroy()))
  }

  /** A pool for each set of limits, and not for each code: threads of pools that come and go would leak. */
  #poolOf(limits: ResourceLimits): ThreadPool {
    const key = JSON.stringify(Object.entries(limits).sort())
    const pool = this.#limited.get(key) ?? threadPool(limits)
    this.#limited.set(key, pool)
    return pool
  }

  async #start({ resourceLimits: own, flags }: OwnThread = {}): Promise<Isolate> {
    this.#checkRoom()
    const resourceLimits = own && { ...this.#options.resourceLimits, ...own }
    const threads = resourceLimits === undefined ? this.#threads : this.#poolOf(resourceLimits)
    const start = (options: ThreadStart): Thread => new Thread(threads, options, flags)
    const isolate = new ThreadIsolate(start, this.#lent, this.#options, this.#observer)
    this.alive.add(isolate)
    const { startTimeoutMs } = this.#options
    if (await fulfilsWithin(isolate.ready(), startTimeoutMs)) {
      this.alive.noteStarted(isolate)
      return isolate
    }
    const { exit } = isolate
    if (exit !== undefined)
      throw startFailure({ name: THREAD, resourceLimits: threads.resourceLimits }, exit)
    void this.retire(isolate)
    throw startTimeout(THREAD, startTimeoutMs)
  }

  /** Beyond its limit Piscina would queue the isolate without a word. */
  #checkRoom(): void {
    if (this.#isClosed) throw new MoultError('RUNTIME_CLOSED', 'the runtime has closed')
    const { maxIsolates } = this.#options
    if (this.alive.size < maxIsolates) return
    throw new MoultError('ISOLATE_LIMIT', `all ${maxIsolates} isolates are in use`, {
      expected: `at most ${maxIsolates} isolates (maxIsolates)`,
      received: 'a need for one more',
    })
  }
}

function threadPool(resourceLimits: ResourceLimits | undefined): ThreadPool {
  return new ThreadPool({
    name: THREAD,
    // The task never returns, so a thread is never idle and never reused.
    isShared: false,
    idleTimeout: Infinity,
    ...(resourceLimits && { resourceLimits }),
  })
}
