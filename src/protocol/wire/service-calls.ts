import type { Prototypes } from '../bytes/prototypes.ts'
import { MoultError } from '../errors.ts'
import { hintOf } from '../nearest-name.ts'

/** What is lent, as a thread is told: each service, and the names of its functions where it is an object. */
export type LentNames = readonly (readonly [
  service: string,
  functions: readonly string[] | undefined,
])[]

/**
 * A call of a lent function, posted by a thread. Its number is the one after that of the call before, so that main can
 * tell the number of a call that it cannot read. `handlers` names those that wrote an argument, by its place.
 */
export type ServiceCall = readonly [
  number: number,
  service: string,
  name: string | undefined,
  args: readonly unknown[],
  handlers?: readonly (string | undefined)[] | undefined,
  prototypes?: Prototypes | undefined,
]

/** Posted by main in place of an answer: the number of a call that it could not read. */
export type UnreadCall = number

/** Posted by main before a result that the thread may be unable to read: which call it belongs to, and its path. */
export type ResultAhead = readonly [number: number, path: string]

/** The path of a lent function: `services.db.query`, or `services.now` for a service that is a function. */
export function servicePath(service: string, name: string | undefined): string {
  return name === undefined ? `services.${service}` : `services.${service}.${name}`
}

/** No service has this name. */
export function unknownService(name: string, names: readonly string[]): MoultError {
  const expected = names.length === 0 ? 'no service at all' : `one of ${names.join(', ')}`
  const lent = `createRuntime({ services }) lent ${expected}`
  const message = `there is no service '${name}'${hintOf(name, names)}; ${lent}`
  return new MoultError('UNKNOWN_SERVICE', message, { expected, received: name })
}

/** A service has no function of this name; `names` are undefined where the service itself is a function. */
export function unknownFunction(
  service: string,
  name: string | undefined,
  names: readonly string[] | undefined,
): MoultError {
  const path = servicePath(service, name)
  const expected = names === undefined ? `services.${service}()` : `one of ${names.join(', ')}`
  const hint = hintOf(name ?? '', names ?? [])
  const message = `${path} is no function that is lent${hint}; expected ${expected}`
  return new MoultError('UNKNOWN_SERVICE', message, { path, expected, received: name ?? service })
}

/** Something other than a call was tried on what is lent. */
export function onlyCalled(path: string, received: string): MoultError {
  const expected = 'a call of a function that is lent'
  const message = `${path}: expected ${expected}, and nothing else, but got ${received}`
  return new MoultError('UNKNOWN_SERVICE', message, { path, expected, received })
}
