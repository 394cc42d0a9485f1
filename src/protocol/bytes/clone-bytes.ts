import { inspect, types } from 'node:util'
import { Deserializer, Serializer } from 'node:v8'
import { MoultError } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'
import { isTable } from '../definition/table-mark.ts'

/** Structured-clone bytes: alone in their ArrayBuffer, so that they can be transferred. */
export type CloneBytes = Uint8Array<ArrayBuffer>

/**
 * Encodes what structured clone carries: cycles, shared references, Map, Set, Date, RegExp, BigInt,
 * Error, typed arrays. `v8.serialize` is not used because it takes every view for a host object and
 * so loses which views share one buffer.
 *
 * @throws what V8 throws for a value that is not data; {@link cloneError} turns it into a coded error.
 */
export function serialise(value: unknown, ...further: readonly unknown[]): CloneBytes {
  const serializer = new Serializer()
  serializer.writeHeader()
  serializer.writeValue(value)
  for (const each of further) serializer.writeValue(each)
  return serializer.releaseBuffer() as Uint8Array as CloneBytes
}

/** Decodes what {@link serialise} made: its first value. */
export function deserialise(bytes: Uint8Array): unknown {
  return deserialiseAll(bytes, 1)[0]
}

/** Decodes what {@link serialise} made of `count` values. */
export function deserialiseAll(bytes: Uint8Array, count: number): unknown[] {
  const deserializer = new Deserializer(bytes)
  deserializer.readHeader()
  return Array.from({ length: count }, (): unknown => deserializer.readValue())
}

/**
 * A coded error for a `value` that `encode` refuses. Its `path`, from `root` on, leads to the part that cannot be
 * cloned. Never throws.
 */
export function cloneError(
  code: ErrorCode,
  value: unknown,
  root: string,
  cause: unknown,
  encode: (value: unknown) => unknown = serialise,
): MoultError {
  const found = findUncloneable(value, root, encode)
  const { path } = found
  if (isTable(found.value)) return tableError(code, path, cause)
  const received = describe(found.value)
  return new MoultError(code, `${path} is ${received}, which is not data and cannot be cloned`, {
    path,
    expected: 'data that structured clone carries',
    received,
    cause,
  })
}

function tableError(code: ErrorCode, path: string, cause: unknown): MoultError {
  const expected = 'a table only as a field of the state itself'
  const message = `${path} is a table, which cannot be cloned here: a table has to be a field of the state itself`
  return new MoultError(code, message, { path, expected, received: 'a table', cause })
}

interface Found {
  readonly path: string
  readonly value: unknown
}

/** The most values searched for the one at fault: the search must not hold up main. */
const MAX_SEARCH = 100_000
/** The longest path in an error. */
const MAX_PATH = 2_000

/** The first value, breadth first, that cannot be cloned for a reason of its own. */
function findUncloneable(value: unknown, root: string, encode: (value: unknown) => unknown): Found {
  const queue: Found[] = [{ path: root, value }]
  const seen = new Set<unknown>()
  for (let next = 0; next < queue.length && next < MAX_SEARCH; next++) {
    const current = queue[next] as Found
    if (seen.has(current.value)) continue
    seen.add(current.value)
    try {
      if (!isContainer(current.value) && !isCloneable(current.value, encode)) return current
      if (current.path.length > MAX_PATH) continue
      for (const [step, child] of childrenOf(current.value)) {
        queue.push({ path: current.path + step, value: child })
      }
    } catch {
      // A getter threw, or a proxy was revoked: the fault is here.
      return current
    }
  }
  return { path: root, value }
}

/** Whether it is cloned by cloning what it holds. */
function isContainer(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false
  if (Array.isArray(value) || types.isMap(value) || types.isSet(value)) return true
  return Object.prototype.toString.call(value) === '[object Object]'
}

function isCloneable(value: unknown, encode: (value: unknown) => unknown): boolean {
  try {
    encode(value)
    return true
  } catch {
    return false
  }
}

function* childrenOf(value: unknown): Generator<[string, unknown]> {
  if (!isContainer(value)) return
  if (value instanceof Map) {
    for (const [key, item] of value) {
      yield [`.key(${label(key)})`, key]
      yield [`.get(${label(key)})`, item]
    }
  } else if (value instanceof Set) {
    for (const item of value) yield [`.has(${label(item)})`, item]
  } else {
    for (const [key, item] of Object.entries(value)) yield [stepTo(key, value), item]
  }
}

function stepTo(key: string, owner: object): string {
  if (Array.isArray(owner) && /^\d+$/.test(key)) return `[${key}]`
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

function label(key: unknown): string {
  if (typeof key === 'string') return JSON.stringify(key)
  return typeof key === 'object' || typeof key === 'function' ? typeof key : inspect(key)
}

/** A short noun for a value in an error message: `a function 'onJoin'`, `an instance of Promise`. */
export function describe(value: unknown): string {
  if (value === null) return 'null'
  if (value === undefined) return 'undefined'
  if (types.isProxy(value)) return 'a proxy'
  if (typeof value === 'function') return describeFunction(value)
  if (typeof value === 'string') return `the string ${JSON.stringify(shorten(value))}`
  if (typeof value === 'object') return describeObject(value)
  return `the ${typeof value} ${inspect(value)}`
}

function describeFunction({ name }: { readonly name: unknown }): string {
  return typeof name === 'string' && name !== '' ? `a function '${name}'` : 'a function'
}

function describeObject(value: object): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array'
  const prototype: unknown = Object.getPrototypeOf(value)
  const constructor = prototype === null ? undefined : (value.constructor as unknown)
  if (typeof constructor !== 'function' || constructor === Object) return 'an object'
  return constructor.name === '' ? 'an instance of a class' : `an instance of ${constructor.name}`
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
