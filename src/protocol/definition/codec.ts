import { extraArguments } from '../extra-arguments.ts'

/**
 * How values are carried that have no fields of their own: a `URL`, what Temporal makes, a document of Yjs.
 * Made by {@link codec}, which infers the types.
 */
export interface Codec<Value, Data> {
  /** Whether this is such a value. It is asked of each object that is neither data nor of a declared class. */
  readonly is: (value: unknown) => value is Value
  /** The value as data: what structured clone carries, and instances of declared classes. Not `undefined`. */
  readonly encode: (value: Value) => Data
  /** The value again. It runs where the data arrives: in the version that takes a state over. */
  readonly decode: (data: Data) => Value
}

/** Any codec. */
export interface AnyCodec {
  readonly is: (value: unknown) => boolean
  readonly encode: (value: never) => unknown
  readonly decode: (data: never) => unknown
}

/** Codecs by their names, by which the next version finds its own. */
export type Codecs = Readonly<Record<string, AnyCodec>>

/** Classes by their names, by which the next version finds its own. */
export type Classes = Readonly<Record<string, abstract new (...parameters: never) => object>>

/**
 * A codec as it is, with its types inferred.
 *
 * ```ts
 * import { codec } from 'moult'
 *
 * export const url = codec({
 *   is: (value) => value instanceof URL,
 *   encode: (value) => value.href,
 *   decode: (href) => new URL(href),
 * })
 * ```
 */
export function codec<Value, Data>(written: Codec<Value, Data>): Codec<Value, Data>
export function codec(...given: unknown[]): unknown {
  const [written] = given
  if (given.length > 1) throw extraArguments('codec', ['codec'], given.length)
  return written
}
