import { inspect } from 'node:util'
import type { MessagePort } from 'node:worker_threads'
import type { LentServices } from '../../src/protocol/definition/context.ts'
import type { MoultError } from '../../src/protocol/errors.ts'
import {
  onlyCalled,
  servicePath,
  unknownFunction,
  unknownService,
} from '../../src/protocol/wire/service-calls.ts'
import { OnlyCalls, readOfAnything } from '../../src/protocol/wire/only-calls.ts'
import type { LentNames } from '../../src/protocol/wire/service-calls.ts'
import { ServiceCalls } from './service-calls.ts'

/**
 * The services that main lends: objects of functions that can be called and printed, and nothing else. What was not lent
 * is an error in the handler.
 */
export function lentServices(port: MessagePort, names: LentNames): LentServices {
  const calls = new ServiceCalls(port)
  const services = names.map(([service, functions]): [string, object] => {
    if (functions === undefined) return [service, lentFunction(calls, service, undefined)]
    const members = functions.map((name): [string, object] => [
      name,
      lentFunction(calls, service, name),
    ])
    const unknown = (name: string): MoultError => unknownFunction(service, name, functions)
    return [service, lentObject(`services.${service}`, members, unknown)]
  })
  const known = names.map(([service]) => service)
  const lent = lentObject('services', services, (name) => unknownService(name, known))
  return lent
}

/** Ways of every function to be called. They are the thread's own. */
const waysToCall: ReadonlySet<string> = new Set(['apply', 'bind', 'call'])

function lentObject(
  path: string,
  members: readonly (readonly [string, object])[],
  unknown: (name: string) => MoultError,
): object {
  const target = Object.create(null) as object
  for (const [name, value] of members) {
    Object.defineProperty(target, name, { value, enumerable: true })
  }
  printAs(target, `${path} { ${members.map(([name]) => name).join(', ')} }`)
  return new Proxy(Object.freeze(target), new LentGuard(path, unknown))
}

function lentFunction(calls: ServiceCalls, service: string, name: string | undefined): object {
  const path = servicePath(service, name)
  const call = (...args: unknown[]): Promise<unknown> => calls.call(service, name, args)
  // Bound, it can be constructed, so that the guard is asked; and has no property that cannot be hidden.
  const target = function (this: void, ...args: unknown[]): Promise<unknown> {
    return call(...args)
  }.bind(undefined)
  Object.setPrototypeOf(target, null)
  Object.defineProperty(target, 'name', { value: name ?? service })
  printAs(target, `${path}()`)
  Object.defineProperty(target, 'toJSON', { value: () => `${path}()` })
  const unknown = (member: string): MoultError => onlyCalled(`${path}.${member}`, `'${member}'`)
  return new Proxy(Object.freeze(target), new LentGuard(path, unknown))
}

/** What a template string, `toString()` and `console.log` show. */
function printAs(target: object, text: string): void {
  for (const way of [Symbol.toPrimitive, inspect.custom, 'toString']) {
    if (!Object.hasOwn(target, way)) Object.defineProperty(target, way, { value: () => text })
  }
}

/** Refuses what is no call. */
class LentGuard extends OnlyCalls {
  readonly #path: string
  readonly #unknown: (name: string) => MoultError

  constructor(path: string, unknown: (name: string) => MoultError) {
    super()
    this.#path = path
    this.#unknown = unknown
  }

  get(target: object, name: string | symbol): unknown {
    if (typeof name === 'symbol' || Object.hasOwn(target, name)) return Reflect.get(target, name)
    if (readOfAnything.has(name)) return undefined
    if (typeof target === 'function' && waysToCall.has(name)) {
      return Reflect.get(Function.prototype, name)
    }
    throw this.#unknown(name)
  }

  /** What changes nothing is let be: to freeze what is frozen. */
  defineProperty(target: object, name: string | symbol, property: PropertyDescriptor): boolean {
    if (Reflect.defineProperty(target, name, property)) return true
    throw this.refused(`a definition of ${String(name)}`)
  }

  override refused(what: string): MoultError {
    return onlyCalled(this.#path, what)
  }
}
