import { types } from 'node:util'

/**
 * What structured clone takes an object for.
 *
 * - `record`, `bare`: an object of fields, with the usual prototype or with none.
 * - `leaf`: holds no other values.
 * - `other`: no data, or an instance of a class, which would arrive without it.
 */
export type ObjectKind =
  'record' | 'bare' | 'list' | 'map' | 'set' | 'date' | 'error' | 'buffer' | 'leaf' | 'other'

type BuiltIn = readonly [kind: ObjectKind, is: (value: unknown) => boolean]

const error: BuiltIn = ['error', types.isNativeError]
const boxed: BuiltIn = ['leaf', types.isBoxedPrimitive]

/** The built-in classes whose instances structured clone carries as what they are. */
const builtIns: ReadonlyMap<string, BuiltIn> = new Map<string, BuiltIn>([
  ['Object', ['record', isOrdinary]],
  ['Array', ['list', isArray]],
  ['Map', ['map', types.isMap]],
  ['Set', ['set', types.isSet]],
  ['Date', ['date', types.isDate]],
  ['RegExp', ['leaf', types.isRegExp]],
  ['Boolean', boxed],
  ['Number', boxed],
  ['String', boxed],
  ['BigInt', boxed],
  ['Error', error],
  ['EvalError', error],
  ['RangeError', error],
  ['ReferenceError', error],
  ['SyntaxError', error],
  ['TypeError', error],
  ['URIError', error],
  ['ArrayBuffer', ['leaf', types.isArrayBuffer]],
  ['SharedArrayBuffer', ['leaf', types.isSharedArrayBuffer]],
  ['DataView', ['leaf', types.isDataView]],
  ...['Int8', 'Uint8', 'Uint8Clamped', 'Int16', 'Uint16', 'Int32', 'Uint32'].map(ofArray),
  ...['Float16', 'Float32', 'Float64', 'BigInt64', 'BigUint64'].map(ofArray),
])

const ofArrays = Object.getPrototypeOf(Uint8Array.prototype) as object
const tag = Object.getOwnPropertyDescriptor(ofArrays, Symbol.toStringTag)

function isArray(value: unknown): boolean {
  return Array.isArray(value)
}

function isView(value: unknown): boolean {
  return ArrayBuffer.isView(value)
}

function ofArray(of: string): [string, BuiltIn] {
  const name = `${of}Array`
  return [name, ['leaf', (value) => tagOf(value) === name]]
}

/** The built-in class of a typed array, whatever it says of itself. */
function tagOf(value: unknown): unknown {
  return tag?.get?.call(value)
}

/** The kind of an object. Its own fields are not looked at, and no code of the user's runs. */
export function kindOf(value: object): ObjectKind {
  if (types.isProxy(value)) return 'other'
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype === Object.prototype) return 'record'
  if (prototype === Array.prototype && Array.isArray(value)) return 'list'
  if (prototype === null) return isOrdinary(value) ? 'bare' : 'other'
  if (prototype === Buffer.prototype) return types.isUint8Array(value) ? 'buffer' : 'other'
  const builtIn = builtIns.get(nativeClassOf(prototype))
  return builtIn !== undefined && builtIn[1](value) ? builtIn[0] : 'other'
}

/** The classes of prototypes, of every realm: tests and sandboxes have objects of more than one. */
const known = new WeakMap<object, string>()

/** The name of the built-in class that a prototype is of; '' for a class of the user's. */
function nativeClassOf(prototype: object): string {
  const name = known.get(prototype) ?? nameIfNative(prototype)
  known.set(prototype, name)
  return name
}

function nameIfNative(prototype: object): string {
  const made: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
  if (typeof made !== 'function' || made.prototype !== prototype) return ''
  const name: unknown = Object.getOwnPropertyDescriptor(made, 'name')?.value
  // No other function can have this text.
  const isNative =
    Function.prototype.toString.call(made) === `function ${String(name)}() { [native code] }`
  return isNative ? String(name) : ''
}

const exotic: readonly ((value: unknown) => boolean)[] = [
  isArray,
  isView,
  types.isAnyArrayBuffer,
  types.isArgumentsObject,
  types.isBoxedPrimitive,
  types.isDate,
  types.isExternal,
  types.isGeneratorObject,
  types.isMap,
  types.isModuleNamespaceObject,
  types.isNativeError,
  types.isPromise,
  types.isRegExp,
  types.isSet,
  types.isWeakMap,
  types.isWeakSet,
]

/** Whether it has nothing but fields: a Map stays a Map, whatever its prototype. */
export function isOrdinary(value: unknown): boolean {
  return !exotic.some((is) => is(value))
}
