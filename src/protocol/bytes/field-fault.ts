import { types } from 'node:util'
import type { ObjectKind } from './object-kind.ts'
import { partsOf } from './views.ts'
import type { View } from './views.ts'

/** A field, or a mark, of an object that a clone of it would lack. */
export interface FieldFault {
  readonly key: PropertyKey
  /** What the field is. */
  readonly received: string
  /** What would become of it. */
  readonly fate: string
}

/** Up to this length the elements of an array are told from its other fields: names take their time. */
const FEW_ELEMENTS = 64

/** Node's own way to ask for a getter is twice as slow. */
const { __lookupGetter__: getterOf, __lookupSetter__: setterOf } =
  Object.prototype as unknown as Record<
    '__lookupGetter__' | '__lookupSetter__',
    (this: object, key: string) => unknown
  >

/** Stands for a field with a getter or a setter. A symbol is no data either. */
const ACCESSOR = Symbol('accessor')

/** The value of an own field; a symbol where it would be read by code of the user's. */
export function readField(source: Readonly<Record<string, unknown>>, key: string): unknown {
  if (getterOf.call(source, key) !== undefined) return ACCESSOR
  const value = source[key]
  return value === undefined && setterOf.call(source, key) !== undefined ? ACCESSOR : value
}

/** Whether there are `count` own fields in all, hidden ones and symbols included. */
export function hasOnly(value: object, count: number): boolean {
  const { length } = Object.getOwnPropertyNames(value)
  return length === count && !hasSymbols(value)
}

/** Whether one of its own fields is read, or written, by code of the user's. */
export function hasAccessor(source: object, keys: readonly string[]): boolean {
  return keys.some((key) => typeof readField(source as Record<string, unknown>, key) === 'symbol')
}

/** Whether symbols are names of own fields. */
export function hasSymbols(value: object): boolean {
  return Object.getOwnPropertySymbols(value).length > 0
}

/** Whether the memory of a buffer or view has moved away. */
export function isDetached(value: object): boolean {
  const buffer = ArrayBuffer.isView(value) ? partsOf(value as View).buffer : value
  if (!types.isArrayBuffer(buffer) || buffer.byteLength > 0) return false
  try {
    new Uint8Array(buffer)
    return false
  } catch {
    return true
  }
}

/** The first field of an object that structured clone drops or changes. Runs no code of the user's. */
export function fieldFault(value: object, kind: ObjectKind): FieldFault | undefined {
  switch (kind) {
    case 'record':
    case 'bare':
      return firstFault(value, Reflect.ownKeys(value))
    case 'list':
      return (
        firstFault(value, Object.getOwnPropertySymbols(value)) ??
        firstFault(value, namesOf(value as unknown[]))
      )
    case 'error':
      return errorFault(value)
    case 'map':
    case 'set':
    case 'date':
      return surplus(Reflect.ownKeys(value))
    case 'buffer':
    case 'leaf':
      return leafFault(value)
    case 'other':
      return undefined
  }
}

/** Fields of an array beside its elements: structured clone carries those, too. They come behind the elements. */
export function namesOf(list: readonly unknown[]): string[] {
  const keys = Object.keys(list)
  return keys.slice(keys.findLastIndex((key) => isIndex(key, list.length)) + 1)
}

/** The most elements of an array. */
const MOST_ELEMENTS = 2 ** 32 - 1

/** Whether a key is that of an element of an array of this length. Fields with such keys come before all others. */
export function isIndex(key: string, length = MOST_ELEMENTS): boolean {
  const number = Number(key)
  return Number.isInteger(number) && number >= 0 && number < length && String(number) === key
}

function firstFault(value: object, keys: readonly PropertyKey[]): FieldFault | undefined {
  for (const key of keys) {
    if (typeof key === 'symbol') return lost(key, 'a field with a symbol for its name')
    const field = Object.getOwnPropertyDescriptor(value, key)
    if (field?.enumerable === false) return lost(key, 'a field that is not enumerable')
    if (field !== undefined && !('value' in field)) return accessor(key)
  }
  return undefined
}

function errorFault(error: object): FieldFault | undefined {
  for (const key of Reflect.ownKeys(error)) {
    // V8's own stack is an accessor in newer lines of Node.
    if (key === 'stack') continue
    const field = Object.getOwnPropertyDescriptor(error, key)
    if (key !== 'message' && key !== 'cause') return lost(key, 'a field of an error')
    if (field !== undefined && !('value' in field)) return accessor(key)
    const isText = typeof field?.value === 'string'
    if (key === 'message' && !isText)
      return { key, received: 'the message of an error', fate: 'which would become a text' }
  }
  return undefined
}

function leafFault(value: object): FieldFault | undefined {
  if (types.isRegExp(value)) return patternFault(value)
  if (ArrayBuffer.isView(value)) return viewFault(value as View)
  const keys = Reflect.ownKeys(value)
  if (types.isStringObject(value)) return surplus(keys.slice(value.length + 1))
  return surplus(keys)
}

function patternFault(pattern: RegExp): FieldFault | undefined {
  const fault = surplus(Reflect.ownKeys(pattern).filter((key) => key !== 'lastIndex'))
  if (fault !== undefined || pattern.lastIndex === 0) return fault
  const received = `the number ${pattern.lastIndex}`
  return { key: 'lastIndex', received, fate: 'which would become 0' }
}

function viewFault(view: View): FieldFault | undefined {
  if (types.isDataView(view)) return surplus(Reflect.ownKeys(view))
  const symbols = surplus(Object.getOwnPropertySymbols(view))
  const { length } = partsOf(view)
  if (symbols !== undefined || length > FEW_ELEMENTS) return symbols
  return surplus(Object.keys(view).slice(length))
}

/** A field beside what belongs to the kind. */
function surplus([key]: readonly PropertyKey[]): FieldFault | undefined {
  return key === undefined ? undefined : lost(key, 'a field of its own')
}

function lost(key: PropertyKey, received: string): FieldFault {
  return { key, received, fate: 'which would be lost on the way' }
}

function accessor(key: PropertyKey): FieldFault {
  return { key, received: 'a getter or setter', fate: 'of which only the value would arrive' }
}
