import { Piscina } from 'piscina'
import type { BundlerAnswers, BundlerRequest } from '../protocol/jobs/bundle.ts'
import { Deferred } from '../protocol/deferred.ts'
import { MoultError, isMoultError } from '../protocol/errors.ts'
import { reasonOf } from '../protocol/reason.ts'
import { threadTask } from '../protocol/wire/thread-task.ts'
import { fulfilsWithin, withDeadline } from '../timing/deadline.ts'

/** How long (ms) the thread is kept when there is nothing to bundle. */
const IDLE_MS = 10_000

/** How long (ms) the end of a thread is waited for: one that reads from a disk that does not answer cannot end. */
const END_MS = 2_000

/** A thread, and what it was asked for and has not answered yet. */
interface Bundling {
  readonly piscina: Piscina
  readonly tasks: Map<Promise<unknown>, BundlerRequest['kind']>
  /** Rejects when images are not waited for any more. */
  readonly givenUp: Deferred<never>
}

/** The thread that makes images. One that does not answer in time is left to itself, and the next request gets another. */
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
    return this.#current.piscina.threads.length > 0
  }

  /** @throws MoultError `LOAD_FAILED`, `LOAD_TIMEOUT`, which names `file`, and `RUNTIME_CLOSED` */
  async run<Request extends BundlerRequest>(
    request: Request,
    file: string,
  ): Promise<BundlerAnswers[Request['kind']]> {
    const bundling = this.#current
    const task: Promise<unknown> = bundling.piscina.run(request, threadTask('bundle'))
    bundling.tasks.set(task, request.kind)
    const late = (): MoultError => tooLate(file, this.#timeoutMs)
    try {
      const answer = Promise.race([
        task,
        ...(isForImage(request.kind) ? [bundling.givenUp.promise] : []),
      ])
      return (await withDeadline(answer, {
        timeoutMs: this.#timeoutMs,
        late,
      })) as BundlerAnswers[Request['kind']]
    } catch (cause) {
      if (isMoultError(cause, 'LOAD_TIMEOUT')) this.#leave(bundling, [task])
      if (isMoultError(cause)) throw cause
      const reason = reasonOf(cause)
      throw new MoultError('LOAD_FAILED', `the bundler failed: ${reason}`, { cause })
    } finally {
      bundling.tasks.delete(task)
    }
  }

  /** Waits for no image any more: whoever does is told that the runtime closes. */
  giveUp(): void {
    const bundling = this.#current
    const images = [...bundling.tasks].filter(([, kind]) => isForImage(kind))
    if (images.length === 0) return
    bundling.givenUp.reject(new MoultError('RUNTIME_CLOSED', 'the runtime is closing'))
    this.#leave(
      bundling,
      images.map(([task]) => task),
    )
  }

  async close(): Promise<void> {
    const { piscina } = this.#current
    if (this.isAlive)
      await fulfilsWithin(piscina.run({ kind: 'stop' }, threadTask('bundle')), END_MS)
    const ended = Promise.all([piscina.destroy(), ...this.#ending])
    await fulfilsWithin(ended, END_MS)
  }

  /** What else the thread was asked for is awaited, and then it is ended. */
  #leave(bundling: Bundling, lost: readonly Promise<unknown>[]): void {
    for (const task of lost) {
      task.catch(() => undefined)
      bundling.tasks.delete(task)
    }
    if (this.#current !== bundling) return
    this.#current = createBundling()
    const rest = Promise.allSettled(bundling.tasks.keys())
    const ending = rest.then(() => bundling.piscina.destroy()).catch(() => undefined)
    this.#ending.add(ending)
    void ending.then(() => this.#ending.delete(ending))
  }
}

function isForImage(kind: BundlerRequest['kind']): boolean {
  return kind === 'bundle' || kind === 'content'
}

function createBundling(): Bundling {
  const piscina = new Piscina({
    minThreads: 0,
    maxThreads: 1,
    // One thread, several builds at once: esbuild works in a process of its own.
    concurrentTasksPerWorker: 8,
    atomics: 'disabled',
    idleTimeout: IDLE_MS,
    recordTiming: false,
    execArgv: [],
    // It makes and drops strings of an image's size. Left alone, its young generation grows by tens of megabytes and stays.
    resourceLimits: { maxYoungGenerationSizeMb: 2 },
    // What runs has precedence over what is being prepared.
    niceIncrement: process.platform === 'win32' ? 0 : 10,
  })
  piscina.on('error', () => undefined)
  return { piscina, tasks: new Map(), givenUp: new Deferred<never>() }
}

function tooLate(file: string, timeoutMs: number): MoultError {
  const message = `${file}: what it is made of could not be read within ${timeoutMs} ms`
  const expected = `an image within ${timeoutMs} ms`
  return new MoultError('LOAD_TIMEOUT', message, { file, expected, received: 'none yet' })
}
