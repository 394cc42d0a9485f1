import { EventEmitter } from 'node:events'
import { describe } from '../protocol/bytes/clone-bytes.ts'
import { MoultError } from '../protocol/errors.ts'
import { hintOf } from '../protocol/nearest-name.ts'
import { wrongValue } from '../protocol/wrong-value.ts'

type EventsOf<Events> = { readonly [Name in keyof Events]: unknown[] }
type Listener<Event> = (...event: Extract<Event, unknown[]>) => void

/** Events of any emitter: `events.once(emitter, name)` listens for an error, too. */
const ofAnyEmitter: ReadonlySet<unknown> = new Set(['error', 'newListener', 'removeListener'])

/** An emitter that knows the names of its events, and refuses a listener for any other. */
export class StrictEmitter<Events extends EventsOf<Events>> extends EventEmitter {
  readonly #names: readonly string[]

  constructor(names: readonly (keyof Events & string)[]) {
    super()
    this.#names = names
  }

  /** @throws MoultError `INVALID_OPTION`, as all that take the name of an event */
  override on<Name extends keyof Events & string>(
    name: Name,
    listener: Listener<Events[Name]>,
  ): this {
    this.#check('on', name, listener)
    return super.on(name, listener)
  }

  override addListener<Name extends keyof Events & string>(
    name: Name,
    listener: Listener<Events[Name]>,
  ): this {
    this.#check('addListener', name, listener)
    return super.addListener(name, listener)
  }

  override once<Name extends keyof Events & string>(
    name: Name,
    listener: Listener<Events[Name]>,
  ): this {
    this.#check('once', name, listener)
    return super.once(name, listener)
  }

  override prependListener<Name extends keyof Events & string>(
    name: Name,
    listener: Listener<Events[Name]>,
  ): this {
    this.#check('prependListener', name, listener)
    return super.prependListener(name, listener)
  }

  override prependOnceListener<Name extends keyof Events & string>(
    name: Name,
    listener: Listener<Events[Name]>,
  ): this {
    this.#check('prependOnceListener', name, listener)
    return super.prependOnceListener(name, listener)
  }

  override off<Name extends keyof Events & string>(
    name: Name,
    listener: Listener<Events[Name]>,
  ): this {
    this.#check('off', name, listener)
    return super.off(name, listener)
  }

  override removeListener<Name extends keyof Events & string>(
    name: Name,
    listener: Listener<Events[Name]>,
  ): this {
    this.#check('removeListener', name, listener)
    return super.removeListener(name, listener)
  }

  override removeAllListeners(name?: keyof Events & string): this {
    if (name === undefined) return super.removeAllListeners()
    this.#checkName('removeAllListeners', name)
    return super.removeAllListeners(name)
  }

  override listenerCount(
    name: keyof Events & string,
    listener?: (...event: never[]) => void,
  ): number {
    this.#checkName('listenerCount', name)
    return super.listenerCount(name, listener)
  }

  /**
   * Calls the listeners; false when there is none. The error of a listener is an uncaught exception, thrown later so
   * that the caller can finish. @internal
   */
  announce<Name extends keyof Events & string>(name: Name, event: Events[Name][0]): boolean {
    if (!this.hasListener(name)) return false
    queueMicrotask(() => this.emit(name, event))
    return true
  }

  /** @internal */
  hasListener(name: keyof Events & string): boolean {
    return super.listenerCount(name) > 0
  }

  #check(where: string, name: unknown, listener: unknown): void {
    this.#checkName(where, name)
    if (typeof listener === 'function') return
    throw wrongValue(where, 'listener', 'a function', listener)
  }

  #checkName(where: string, name: unknown): void {
    if (ofAnyEmitter.has(name) || this.#names.some((each) => each === name)) return
    const hint = typeof name === 'string' ? hintOf(name, this.#names) : ''
    const received = describe(name)
    const expected = `one of ${this.#names.join(', ')}`
    const message = `${where}: there is no event ${received}${hint}; expected ${expected}`
    throw new MoultError('INVALID_OPTION', message, { path: 'name', expected, received })
  }
}
