import { sharedNow } from '../../../src/protocol/clock.ts'
import type { ProcessContext } from '../../../src/protocol/definition/context.ts'
import { MoultError, isMoultError } from '../../../src/protocol/errors.ts'
import { isPromiseLike, whenReady } from '../../../src/protocol/promise-like.ts'
import { reasonOf } from '../../../src/protocol/reason.ts'
import type { LooseLive } from '../../definition/loose-definition.ts'
import type { Operation } from '../../definition/operations.ts'
import { readState } from '../../state/version.ts'
import { asyncContexts } from '../async-contexts.ts'
import type { OriginProcess } from '../async-contexts.ts'
import type { Imported } from './importer.ts'

/** What one process has opened beside its state in this isolate. */
export class OpenResource {
  readonly #functions: LooseLive
  readonly #process: OriginProcess
  readonly #context: ProcessContext
  #live: unknown
  #isOpen = false
  #opening: Promise<unknown> | undefined

  constructor(functions: LooseLive, process: OriginProcess, context: ProcessContext) {
    this.#functions = functions
    this.#process = process
    this.#context = context
  }

  /** What handlers have of it. Undefined while it is not open. */
  get live(): unknown {
    return this.#live
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  get isExclusive(): boolean {
    return this.#functions.exclusive === true
  }

  /** Opens it. A promise only where that is to be awaited. @throws MoultError `OPEN_FAILED` */
  open(state: unknown): unknown {
    const open = (): unknown => this.#functions.open(state, this.#context)
    const fail = (cause: unknown): never => {
      this.#opening = undefined
      throw openFailed(this.#process.self.name, cause)
    }
    try {
      const opened = asyncContexts.runToEnd(this.#process, 'open', open)
      if (!isPromiseLike(opened)) {
        this.#keep(opened)
        return undefined
      }
      this.#opening = Promise.resolve(opened).then((live) => this.#keep(live), fail)
      return this.#opening
    } catch (cause) {
      return fail(cause)
    }
  }

  #keep(live: unknown): void {
    this.#opening = undefined
    this.#live = live
    this.#isOpen = true
  }

  /** Puts what must move into the state. @throws MoultError `SAVE_FAILED` */
  save(state: unknown): void {
    const { save } = this.#functions
    if (save === undefined || !this.#isOpen) return
    const { name } = this.#process.self
    let saved: unknown
    try {
      saved = asyncContexts.run(this.#process, 'save', () => save(state, this.#live))
    } catch (cause) {
      throw saveFailed(name, `threw: ${reasonOf(cause)}`, { cause })
    }
    if (!isPromiseLike(saved)) return
    // Its rejection would be told a second time.
    saved.then(undefined, () => undefined)
    const expected = 'no promise: it is synchronous'
    const received = 'a promise'
    throw saveFailed(name, `should return ${expected}`, { expected, received })
  }

  /** Ends it, also one that is about to be open. Undefined where there is nothing to wait for. Never rejects. */
  close(): Promise<void> | undefined {
    if (this.#opening !== undefined) return this.#opening.then(() => this.close(), nothing)
    if (!this.#isOpen) return undefined
    const live = this.#live
    this.#live = undefined
    this.#isOpen = false
    const { close } = this.#functions
    if (close === undefined) return undefined
    try {
      const closed = asyncContexts.runToEnd(this.#process, 'close', () => close(live))
      return isPromiseLike(closed)
        ? Promise.resolve(closed).then(nothing, (error: unknown) => this.#tell('close', error))
        : undefined
    } catch (error) {
      this.#tell('close', error)
      return undefined
    }
  }

  /** Opens again what was closed for a move that came to nothing. Where that fails, the next message tries again. */
  reopen(state: unknown): void {
    if (this.#isOpen || this.#opening !== undefined) return
    try {
      const opened = this.open(state)
      if (isPromiseLike(opened))
        opened.then(undefined, (error: unknown) => this.#tell('open', error))
    } catch (error) {
      this.#tell('open', error)
    }
  }

  /**
   * The same operation, which waits until this is open. Where it cannot be opened, the message fails. What is asked for
   * a copy of the state gets what must move, too.
   */
  ahead(operation: Operation): Operation {
    const reads = operation === readState
    if (this.#isOpen && !reads) return operation
    return {
      ...operation,
      handler: (state, payload, context) =>
        whenReady(this.#untilOpen(state), () => {
          if (reads) this.save(state)
          return operation.handler(state, payload, context)
        }),
    }
  }

  #untilOpen(state: unknown): unknown {
    return this.#opening ?? (this.#isOpen ? undefined : this.open(state))
  }

  /** As what the process has left unhandled. */
  #tell(during: 'open' | 'close', error: unknown): void {
    void asyncContexts.run(this.#process, during, () => Promise.reject(error as Error))
  }
}

/** Goes on when all that is to be open beside a state is. @throws MoultError `OPEN_FAILED` */
export function openFirst(
  resource: OpenResource | undefined,
  state: unknown,
  next: () => unknown,
): unknown {
  return resource === undefined ? next() : whenReady(resource.open(state), next)
}

/** The same for a state that has come from another version. A promise only where something is one. */
export function openedImport(
  resource: OpenResource | undefined,
  imported: Imported | Promise<Imported>,
): Imported | Promise<Imported> {
  if (resource === undefined) return imported
  const opened = whenReady(imported, (taken) => {
    const { state, times } = taken as Imported
    const began = sharedNow()
    return whenReady(resource.open(state), () => {
      const readyAt = sharedNow()
      return { state, times: { ...times, readyAt, openMs: readyAt - began } }
    })
  })
  return opened as Imported | Promise<Imported>
}

function nothing(): void {
  // The result is of no use.
}

function openFailed(process: string, cause: unknown): MoultError {
  if (isMoultError(cause, 'OPEN_FAILED')) return cause
  const message = `open of ${process} threw: ${reasonOf(cause)}`
  return new MoultError('OPEN_FAILED', message, { process, cause })
}

function saveFailed(
  process: string,
  what: string,
  details: ConstructorParameters<typeof MoultError>[2],
): MoultError {
  return new MoultError('SAVE_FAILED', `save of ${process} ${what}`, { process, ...details })
}
