import { setImmediate as turn } from 'node:timers/promises'
import { Deferred } from '../../src/protocol/deferred.ts'
import type { OnUnhandled } from '../../src/protocol/wire/control.ts'
import { encodeThrown } from '../../src/protocol/wire/thrown.ts'
import type { Version } from '../state/version.ts'
import { asyncContexts } from './async-contexts.ts'
import type { Outbox } from './outbox.ts'

/**
 * Tells main of rejections and errors that the code of the version leaves unhandled. Where that code listens to them
 * itself, it has handled them, as in Node.
 */
export class UnhandledErrors {
  readonly #outbox: Outbox
  #url = ''
  #version = ''
  /** Fails the load that is under way. */
  #loading: Deferred<never> | undefined
  /** An error of moult's own code. */
  #own: unknown

  constructor(outbox: Outbox, onUnhandled: OnUnhandled) {
    this.#outbox = outbox
    if (onUnhandled === 'continue') this.#listen()
    // It handles nothing: the thread ends as it would without.
    else process.on('uncaughtExceptionMonitor', this.#onEnd)
  }

  readonly #onEnd = (): void => {
    if (process.listenerCount('uncaughtException') === 0) asyncContexts.blame()
  }

  #listen(): void {
    process.on('unhandledRejection', (reason) => {
      if (process.listenerCount('unhandledRejection') === 1) this.#tell(reason)
    })
    process.on('uncaughtException', (error, origin) => {
      if (this.#own !== undefined && error === this.#own) throw error
      // With `--unhandled-rejections=strict` a rejection comes here first.
      if (origin === 'unhandledRejection') return
      if (process.listenerCount('uncaughtException') === 1) this.#tell(error)
    })
  }

  /** Loads a version. It is refused for what it leaves unhandled until then. */
  async whileLoading(url: string, load: () => Promise<Version>): Promise<Version> {
    this.#url = url
    const { promise: failure } = (this.#loading = new Deferred<never>())
    try {
      const loading = asyncContexts.run(undefined, 'load', load)
      const version = await Promise.race([loading, failure])
      this.#version = version.contract.version
      // What its modules have started and do not await fails behind this turn.
      await Promise.race([turn(), failure])
      return version
    } finally {
      this.#loading = undefined
    }
  }

  /** Wraps moult's own code: what that throws ends the thread, for what was to follow has not been done. */
  guard<Given>(code: (given: Given) => void): (given: Given) => void {
    return (given) => {
      try {
        code(given)
      } catch (error) {
        this.#own = error
        throw error
      }
    }
  }

  #tell(thrown: unknown): void {
    if (this.#loading !== undefined) return this.#loading.reject(thrown)
    const origin = asyncContexts.originOf(thrown)
    if (origin?.fail !== undefined) return origin.fail(thrown)
    const self = origin?.process?.self
    this.#outbox.post({
      type: 'unhandled',
      process: self && { id: self.id, name: self.name },
      url: this.#url,
      version: this.#version,
      during: origin?.during,
      name: origin?.name,
      error: encodeThrown(thrown),
    })
  }
}
