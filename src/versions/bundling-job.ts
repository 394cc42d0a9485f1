import { fulfilsWithin, withDeadline } from '../timing/deadline.ts'
import { JobPool } from '../isolates/job-pool.ts'
import type { BundlerAnswers, BundlerRequest } from '../protocol/jobs/bundle.ts'
import { MoultError, isMoultError } from '../protocol/errors.ts'
import { reasonOf } from '../protocol/reason.ts'

/** How long (ms) the thread is kept when there is nothing to bundle. */
const IDLE_MS = 10_000

/** How long (ms) the end of a thread is waited for: one that reads from a disk that does not answer cannot end. */
const END_MS = 2_000

/** A thread, and what it was asked for and has not answered yet. */
interface Bundling {
  readonly pool: JobPool
  readonly jobs: Map<Promise<unknown>, BundlerRequest['kind']>
  /** Aborted when images are not waited for any more. */
  readonly images: AbortController
}

/**
 * The thread that makes images. One that does not answer in time is left to itself, and the next request gets another.
 */
export class BundlingJob {
  readonly #timeoutMs: number
  #current = createBundling()
  readonly #ending = new Set<Promise<unknown>>()

  /** @param timeoutMs how long one answer may take */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  /** Whether there is a thread at all. */
  get isAlive(): boolean {
    return this.#current.pool.isAlive
  }

  /** @throws MoultError `LOAD_FAILED`, `LOAD_TIMEOUT`, which names `file`, and `RUNTIME_CLOSED` */
  async run<Request extends BundlerRequest>(
    request: Request,
    file: string,
  ): Promise<BundlerAnswers[Request['kind']]> {
    const bundling = this.#current
    const timeoutMs = this.#timeoutMs
    const job = bundling.pool.run('bundle', request)
    bundling.jobs.set(job, request.kind)
    const { signal } = bundling.images
    const late = (): MoultError => tooLate(file, timeoutMs)
    const deadline = { timeoutMs, late, ...(isForImage(request.kind) && { signal }) }
    try {
      return (await withDeadline(job, deadline)) as BundlerAnswers[Request['kind']]
    } catch (cause) {
      if (isMoultError(cause, 'LOAD_TIMEOUT')) this.#leave(bundling, [job])
      if (isMoultError(cause)) throw cause
      const reason = reasonOf(cause)
      throw new MoultError('LOAD_FAILED', `the bundler failed: ${reason}`, { cause })
    } finally {
      bundling.jobs.delete(job)
    }
  }

  /** Waits for no image any more: the request for each fails with `RUNTIME_CLOSED`. */
  abandon(): void {
    const bundling = this.#current
    const images = [...bundling.jobs].filter(([, kind]) => isForImage(kind))
    if (images.length === 0) return
    bundling.images.abort(new MoultError('RUNTIME_CLOSED', 'the runtime is closing'))
    this.#leave(
      bundling,
      images.map(([job]) => job),
    )
  }

  async close(): Promise<void> {
    const { pool } = this.#current
    if (pool.isAlive) await fulfilsWithin(pool.run('bundle', { kind: 'stop' }), END_MS)
    const ended = Promise.all([pool.close(), ...this.#ending])
    await fulfilsWithin(ended, END_MS)
  }

  /** What else the thread was asked for is awaited, and then it is ended. */
  #leave(bundling: Bundling, lost: readonly Promise<unknown>[]): void {
    for (const job of lost) {
      job.catch(() => undefined)
      bundling.jobs.delete(job)
    }
    if (this.#current !== bundling) return
    this.#current = createBundling()
    const rest = Promise.allSettled(bundling.jobs.keys())
    const ending = rest.then(() => bundling.pool.close()).catch(() => undefined)
    this.#ending.add(ending)
    void ending.then(() => this.#ending.delete(ending))
  }
}

function isForImage(kind: BundlerRequest['kind']): boolean {
  return kind === 'bundle' || kind === 'content'
}

function createBundling(): Bundling {
  const pool = new JobPool({
    name: 'the bundler',
    idleMs: IDLE_MS,
    // One thread, several builds at once: esbuild works in a process of its own.
    concurrency: 8,
    // It makes and drops strings of an image's size. Left alone, its young generation grows by tens of megabytes and
    // stays.
    resourceLimits: { maxYoungGenerationSizeMb: 2 },
  })
  return { pool, jobs: new Map(), images: new AbortController() }
}

function tooLate(file: string, timeoutMs: number): MoultError {
  const message = `${file}: what it is made of could not be read within ${timeoutMs} ms`
  const expected = `an image within ${timeoutMs} ms`
  return new MoultError('LOAD_TIMEOUT', message, { file, expected, received: 'none yet' })
}
