import type { MessagePort } from 'node:worker_threads'
import { functionsOf } from '../options/lendable.ts'
import { withMoved } from '../protocol/bytes/destination.ts'
import { restorePrototypes } from '../protocol/bytes/prototypes.ts'
import { sendExact } from '../protocol/bytes/send-exact.ts'
import type { Refusal } from '../protocol/bytes/send-exact.ts'
import type { Services } from '../protocol/definition/context.ts'
import { abandon, asComlinkSends, fromComlink } from '../protocol/wire/comlink-values.ts'
import type { Answer } from '../protocol/wire/pending-requests.ts'
import { thrownAnswer } from '../protocol/wire/pending-requests.ts'
import { servicePath, unknownFunction, unknownService } from '../protocol/wire/service-calls.ts'
import type {
  LentNames,
  ResultAhead,
  ServiceCall,
  UnreadCall,
} from '../protocol/wire/service-calls.ts'
import { mainTurns } from '../timing/main-turns.ts'
import type { PortReader } from '../timing/main-turns.ts'
import { unread } from './unread.ts'

/** In the place of a message that could not be read. */
const UNREADABLE = Symbol('unreadable')

/** A function of a service, or a service that is a function. */
type LentFunction = (...args: unknown[]) => unknown

/** A service and the names of its functions; undefined where it is a function itself. */
interface Lent {
  readonly service: object
  readonly functions: ReadonlySet<string> | undefined
}

/**
 * The functions that a runtime lends, listed once. What a thread asks for is looked up in maps and sets of own names: no
 * name leads to a prototype, and no message to anything that is not listed.
 */
export class LentFunctions {
  readonly #lent: ReadonlyMap<string, Lent>

  /** The services have been checked. */
  constructor(services: Services) {
    const entries = Object.entries(services) as [string, object][]
    this.#lent = new Map(entries.map(([name, service]) => [name, lent(service)]))
  }

  /** What threads are told. */
  get names(): LentNames {
    return [...this.#lent].map(([name, { functions }]) => [name, functions && [...functions]])
  }

  /** @throws MoultError `UNKNOWN_SERVICE`, and what the function throws. */
  call(service: string, name: string | undefined, args: readonly unknown[]): unknown {
    const { owner, lentFunction } = this.#find(service, name)
    return Reflect.apply(lentFunction, owner, args)
  }

  #find(
    service: string,
    name: string | undefined,
  ): { readonly owner: object | undefined; readonly lentFunction: LentFunction } {
    const found = this.#lent.get(service)
    if (found === undefined) throw unknownService(service, [...this.#lent.keys()])
    const { service: owner, functions } = found
    if (name === undefined && functions === undefined) {
      return { owner: undefined, lentFunction: owner as LentFunction }
    }
    // Read at each call: a test may put another function in its place.
    const member: unknown =
      name !== undefined && functions?.has(name) ? Reflect.get(owner, name) : undefined
    if (typeof member === 'function') return { owner, lentFunction: member as LentFunction }
    throw unknownFunction(service, name, functions && [...functions])
  }
}

function lent(service: object): Lent {
  if (typeof service === 'function') return { service, functions: undefined }
  return { service, functions: new Set(functionsOf(service)) }
}

/** The port at which one thread's calls of lent functions arrive. */
export class LentPort implements PortReader {
  readonly #port: MessagePort
  readonly #lent: LentFunctions
  /** Number of the call that was received last. */
  #last = 0

  constructor(port: MessagePort, lentFunctions: LentFunctions) {
    this.#port = port
    this.#lent = lentFunctions
    port.on('message', (message: unknown) => mainTurns.receive(this, message))
    port.on('messageerror', () => mainTurns.receive(this, UNREADABLE))
  }

  /** Makes the calls that have arrived and were not delivered yet: the thread has ended. */
  drain(): void {
    mainTurns.readAll(this)
    for (const message of unread(this.#port)) this.read(message)
  }

  read(message: unknown): void {
    if (message === UNREADABLE) this.#refuseUnreadable()
    else this.#receive(message)
  }

  /** Whatever is no call goes nowhere: a thread may post what it likes. */
  #receive(message: unknown): void {
    if (!isCall(message)) return
    this.#last = message[0]
    void this.#answer(message)
  }

  /** The function is called at once, so that calls are made in the order in which a thread makes them. */
  async #answer([number, service, name, args, handlers, prototypes]: ServiceCall): Promise<void> {
    const path = servicePath(service, name)
    restorePrototypes(prototypes)
    try {
      const value = await this.#lent.call(service, name, read(args, handlers, path))
      this.#post(number, value, path)
    } catch (error) {
      this.#port.postMessage(thrownAnswer(number, error))
    }
  }

  #post(number: number, result: unknown, path: string): void {
    const root = `${path}: result`
    const sent = asComlinkSends(result, 'UNCLONEABLE_REPLY', root)
    const { value, handler, transfer } = sent
    const refusal: Refusal = {
      code: 'UNCLONEABLE_REPLY',
      root,
      destination: withMoved(transfer),
      isWritten: handler !== undefined,
      onRefused: () => abandon(sent),
    }
    sendExact(value, refusal, (prototypes) => {
      if (handler !== undefined) this.#port.postMessage([number, path] satisfies ResultAhead)
      const answer: Answer = { type: 'answer', number, threw: false, value }
      const more = { ...(handler && { handler }), ...(prototypes && { prototypes }) }
      this.#port.postMessage({ ...answer, ...more }, transfer)
    })
  }

  /** The thread knows what it has asked under this number. */
  #refuseUnreadable(): void {
    this.#port.postMessage(++this.#last satisfies UnreadCall)
  }
}

function isCall(message: unknown): message is ServiceCall {
  if (!Array.isArray(message)) return false
  const [number, service, name, args, handlers] = message as unknown[]
  return (
    Number.isSafeInteger(number) &&
    typeof service === 'string' &&
    (name === undefined || typeof name === 'string') &&
    Array.isArray(args) &&
    (handlers === undefined || Array.isArray(handlers))
  )
}

function read(
  args: readonly unknown[],
  handlers: ServiceCall[4],
  path: string,
): readonly unknown[] {
  if (handlers === undefined) return args
  return args.map((arg, at) =>
    fromComlink(arg, handlers[at], 'UNCLONEABLE_ARGUMENT', `${path}: arguments[${at}]`),
  )
}
