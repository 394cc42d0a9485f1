import { inspect, types } from 'node:util'
import { Deserializer, Serializer } from 'node:v8'

/** Structured-clone bytes: alone in their ArrayBuffer, so that they can be transferred. */
export type CloneBytes = Uint8Array<ArrayBuffer>

/**
 * Encodes what structured clone carries: cycles, shared references, Map, Set, Date, RegExp, BigInt,
 * Error, typed arrays. `v8.serialize` is not used because it takes every view for a host object and
 * so loses which views share one buffer.
 *
 * @throws what V8 throws for a value that is not data; `cloneError` turns it into a coded error.
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
  const name = classNameOf(value)
  if (name === undefined) return 'an object'
  return typeof name === 'string' && name !== ''
    ? `an instance of ${name}`
    : 'an instance of a class'
}

/** Undefined for what is of no class. A class may give itself any name, and a getter of the user's may throw. */
function classNameOf(value: object): unknown {
  try {
    const constructor: unknown = Object.getPrototypeOf(value) === null ? Object : value.constructor
    return typeof constructor !== 'function' || constructor === Object
      ? undefined
      : constructor.name
  } catch {
    return undefined
  }
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
