import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import type { Self } from '../../src/protocol/definition/context.ts'
import { Deferred } from '../../src/protocol/deferred.ts'
import { isPromiseLike } from '../../src/protocol/promise-like.ts'
import { CurrentSlot } from '../../src/protocol/wire/current-slot.ts'
import type { Activity } from '../../src/protocol/wire/messages.ts'

/** The process of an origin. */
export interface OriginProcess {
  readonly self: Self
  /** Undefined once nothing of it should run here any more: the slot may be another's. */
  readonly slot: number | undefined
}

/** What started the code that runs. */
export interface Origin {
  /** Undefined for what belongs to no process, such as the modules of the version. */
  readonly process: OriginProcess | undefined
  readonly during: Activity
  /** The name of the call or cast. */
  readonly name: string | undefined
  /** Fails what is under way, as long as it is waited for. */
  fail?: ((error: unknown) => void) | undefined
}

const origins = new AsyncLocalStorage<Origin>()
/** How many stores have been entered in this thread, except for those of {@link origins}: it is looked at often. */
export const stores = { entered: 0 }
// It is only ever called on a storage.
// eslint-disable-next-line @typescript-eslint/unbound-method
const { enterWith } = AsyncLocalStorage.prototype

function enterCounted(this: AsyncLocalStorage<unknown>, store: unknown): void {
  stores.entered++
  enterWith.call(this, store)
}

/** The last microtask that threw. Before Node 24 its context has been left by the time at which its error is told. */
let microtask: { readonly error: unknown; readonly origin: Origin | undefined } | undefined
const { queueMicrotask: queue } = globalThis

function queueNamed(callback: () => void): void {
  // Node refuses what is no function.
  if (typeof callback !== 'function') return queue(callback)
  queue(() => {
    try {
      callback()
    } catch (error) {
      microtask = { error, origin: origins.getStore() }
      throw error
    }
  })
}

/**
 * The async contexts in which the code of a version runs. What a handler puts into an `AsyncLocalStorage` ends with its
 * message, and what it starts is known as its own.
 *
 * A context for each message would cost more than a small handler. So messages of one kind that follow each other share
 * one, until a store has been entered in it.
 */
class AsyncContexts {
  /** What main is told of the process that has the thread. */
  #current = new CurrentSlot(CurrentSlot.allocate())
  /** Nothing is ever entered here: what is made in it begins empty. */
  readonly #empty = new AsyncResource('moult')
  #context = this.#empty.runInAsyncScope(() => new AsyncResource('moult'))
  #entered = stores.entered

  /** Serves this thread: it writes to memory that main reads. */
  serve(memory: SharedArrayBuffer): void {
    this.#current = new CurrentSlot(memory)
    AsyncLocalStorage.prototype.enterWith = enterCounted
    if (Number.parseInt(process.versions.node) < 24) globalThis.queueMicrotask = queueNamed
  }

  /** What started the code that runs. Undefined for moult's own. */
  get origin(): Origin | undefined {
    return origins.getStore()
  }

  /** What started the code that threw an error which has come to the end of its stack. */
  originOf(error: unknown): Origin | undefined {
    return this.origin ?? (microtask?.error === error ? microtask?.origin : undefined)
  }

  /** Runs code in a context that begins empty but for its origin. */
  runAs<Result>(origin: Origin, code: () => Result): Result {
    // A store has been entered since the context was made.
    if (this.#entered !== stores.entered) this.#renew()
    return this.#context.runInAsyncScope(begin<Result>, undefined, origin, code)
  }

  /** The same for code of a process that has the thread meanwhile. */
  run<Result>(process: OriginProcess | undefined, during: Activity, code: () => Result): Result {
    this.enter(process)
    try {
      return this.runAs({ process, during, name: undefined }, code)
    } finally {
      this.leave()
    }
  }

  /** The same for what is waited for: what it leaves unhandled until its end fails it. */
  runToEnd<Result>(
    process: OriginProcess | undefined,
    during: Activity,
    code: () => Result,
    failure: (error: unknown) => unknown = (error) => error,
  ): Result | Promise<Awaited<Result>> {
    const origin: Origin = { process, during, name: undefined }
    this.enter(process)
    try {
      const result = this.runAs(origin, code)
      return isPromiseLike(result) ? untilFailed(origin, result, failure) : result
    } finally {
      this.leave()
    }
  }

  /** The process has the thread, until it {@link leave}s it. */
  enter(process: OriginProcess | undefined): void {
    if (process?.slot !== undefined) this.#current.mark(process.slot)
  }

  leave(): void {
    this.#current.clear()
  }

  /** The thread ends, and the code that runs is why. */
  blame(): void {
    this.enter(this.origin?.process)
  }

  #renew(): void {
    this.#entered = stores.entered
    this.#context = this.#empty.runInAsyncScope(() => new AsyncResource('moult'))
  }
}

function begin<Result>(origin: Origin, code: () => Result): Result {
  enterWith.call(origins, origin)
  return code()
}

async function untilFailed<Result>(
  origin: Origin,
  result: Result,
  failure: (error: unknown) => unknown,
): Promise<Awaited<Result>> {
  const failed = new Deferred<never>()
  origin.fail = (error) => failed.reject(failure(error))
  try {
    return await Promise.race([result, failed.promise])
  } finally {
    origin.fail = undefined
  }
}

/** Of this thread, which is one isolate. */
export const asyncContexts = new AsyncContexts()
