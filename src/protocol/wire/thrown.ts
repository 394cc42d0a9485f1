import { inspect } from 'node:util'
import { ownCopy } from '../bytes/own-copy.ts'
import { prototypesOf, restorePrototypes } from '../bytes/prototypes.ts'
import type { Prototypes } from '../bytes/prototypes.ts'
import { MoultError, detailsOf, isMoultError } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'

/**
 * A value thrown on one side of a thread boundary, as data. Structured clone keeps only message and stack of an Error,
 * so class, code and fields are listed here.
 */
export type WireThrown = { readonly prototypes?: Prototypes } & (
  | { readonly moultThrown: 'value'; readonly value: unknown }
  | ({ readonly moultThrown: 'error' } & WireError)
)

interface WireError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly cause?: WireThrown
  readonly errors?: readonly WireThrown[]
  /** Own enumerable fields that are data, and `code`. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** Errors within one thrown value beyond this number are left out, which also ends chains that are cyclic. */
const MAX_ERRORS = 32

/** What is left of the errors that may follow, and what the values so far need beside them. */
interface Budget {
  left: number
  readonly buffers: Uint8Array[]
  readonly bare: object[]
}

/** Any thrown value as data. Never throws, however odd the value is. */
export function encodeThrown(thrown: unknown): WireThrown {
  const budget: Budget = { left: MAX_ERRORS, buffers: [], bare: [] }
  const { buffers, bare } = budget
  const wire = encode(thrown, budget)
  return buffers.length + bare.length === 0 ? wire : { ...wire, prototypes: { buffers, bare } }
}

function encode(thrown: unknown, budget: Budget): WireThrown {
  budget.left--
  try {
    return isError(thrown) ? encodeError(thrown, budget) : encodeValue(thrown, budget)
  } catch {
    return { moultThrown: 'value', value: 'something that cannot be read' }
  }
}

function encodeValue(thrown: unknown, budget: Budget): WireThrown {
  const copied = copyOf(() => thrown, budget)
  return { moultThrown: 'value', value: copied === undefined ? inspect(thrown) : copied.value }
}

function encodeError(error: Error, budget: Budget): WireThrown {
  const inner: unknown = (error as { errors?: unknown }).errors
  const errors = Array.isArray(inner) ? inner.slice(0, Math.max(0, budget.left)) : undefined
  return {
    moultThrown: 'error',
    name: classNameOf(error),
    message: textOf(error.message) ?? '',
    stack: textOf(copyOf(() => error.stack, budget)?.value),
    ...('cause' in error && budget.left > 0 && { cause: encode(error.cause, budget) }),
    ...(errors && { errors: errors.map((each) => encode(each, budget)) }),
    fields: dataFieldsOf(error, budget),
  }
}

/** Whether {@link encodeThrown} made a value. */
export function isWireThrown(value: unknown): value is WireThrown {
  return typeof value === 'object' && value !== null && 'moultThrown' in value
}

/** The value thrown on the other side: an error of the same name with code, cause and fields, or the value itself. */
export function decodeThrown(wire: WireThrown): unknown {
  restorePrototypes(wire.prototypes)
  if (wire.moultThrown === 'value') return wire.value
  const error = wire.name === 'MoultError' ? revivedMoultError(wire) : revivedError(wire)
  if (wire.stack !== undefined) hide(error, 'stack', wire.stack)
  return error
}

/** An error for a value that another thread threw. */
export function decodeError(wire: WireThrown): Error {
  const thrown = decodeThrown(wire)
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown })
}

const builtIns: ReadonlyMap<string, ErrorConstructor> = new Map(
  [TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError].map((each) => [
    each.name,
    each,
  ]),
)

function revivedError(wire: WireError): Error {
  const constructor = builtIns.get(wire.name) ?? Error
  const error = wire.errors
    ? new AggregateError(wire.errors.map(decodeThrown), wire.message)
    : new constructor(wire.message)
  for (const [key, value] of Object.entries(wire.fields)) {
    // Assigned, it would set the prototype.
    if (key !== '__proto__') (error as unknown as Record<string, unknown>)[key] = value
  }
  if (error.name !== wire.name) hide(error, 'name', wire.name)
  if (wire.cause !== undefined) hide(error, 'cause', decodeThrown(wire.cause))
  return error
}

function revivedMoultError(wire: WireError): Error {
  const details = detailsOf(wire.fields)
  const error = new MoultError(wire.fields['code'] as ErrorCode, wire.message, {
    ...details,
    ...(wire.cause !== undefined && { cause: decodeThrown(wire.cause) }),
  })
  return isMoultError(error) ? error : revivedError(wire)
}

/** The name of the class, if it does not set `name` itself. */
function classNameOf(error: Error): string {
  const constructor: unknown = error.constructor
  const name = textOf(error.name) ?? 'Error'
  if (typeof constructor !== 'function' || Object.hasOwn(error, 'name')) return name
  const prototype = Object.getPrototypeOf(error) as object
  // An inherited `name` belongs to a base class.
  return Object.hasOwn(prototype, 'name') ? name : textOf(constructor.name) || name
}

const SPELLED_OUT = new Set(['name', 'message', 'stack', 'cause', 'errors'])

/** Copies: a later message may change the objects that the error refers to. */
function dataFieldsOf(error: Error, budget: Budget): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  for (const key of [...Object.keys(error), 'code']) {
    if (SPELLED_OUT.has(key) || key === '__proto__' || !(key in error)) continue
    const copied = copyOf(() => (error as unknown as Record<string, unknown>)[key], budget)
    if (copied !== undefined) fields[key] = copied.value
  }
  return fields
}

/** A copy of the value that `read` returns, if it is data and arrives as it is. */
function copyOf(read: () => unknown, budget: Budget): { readonly value: unknown } | undefined {
  try {
    const value = ownCopy(read(), 'thrown')
    const { buffers = [], bare = [] } = prototypesOf(value) ?? {}
    budget.buffers.push(...buffers)
    budget.bare.push(...bare)
    return { value }
  } catch {
    return undefined
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** `instanceof` fails for errors of another realm (a vm context). */
function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]'
}

function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, configurable: true, writable: true })
}
