import { types } from 'node:util'

/** They lead to a prototype, or an `await` reads them: nothing is lent under these names. */
const neverLent: ReadonlySet<string> = new Set(['constructor', 'prototype', '__proto__', 'then'])

/** Whether something can be lent under this name. */
export function isLendableName(name: string): boolean {
  return !neverLent.has(name)
}

/** Whether it is an object without a class: of `{}`, of a module, or without a prototype; in any realm. */
export function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/**
 * The names of a service's functions: its own, and those of its classes; undefined where nothing of it can be lent. Data
 * of the platform, such as a Map, has methods and is lent by none.
 */
export function functionsOf(service: object): readonly string[] | undefined {
  if (isData(service)) return undefined
  const found = new Map<string, boolean>()
  try {
    for (let owner = service; !isRoot(owner, service); owner = prototypeOf(owner)) {
      for (const name of Object.getOwnPropertyNames(owner)) {
        if (!found.has(name)) found.set(name, isFunctionAt(owner, name, service))
      }
    }
  } catch {
    // A proxy of the user's refuses to be listed.
    return undefined
  }
  const names = [...found].flatMap(([name, isLent]) => (isLent ? [name] : []))
  // Awaited, it would be taken for a promise.
  return names.length === 0 || found.get('then') === true ? undefined : names
}

/** Getters of a class are not read: they may do what is not expected of a look. Those of a CommonJS module are. */
function isFunctionAt(owner: object, name: string, service: object): boolean {
  const property = Object.getOwnPropertyDescriptor(owner, name)
  if (property === undefined || (!isLendableName(name) && name !== 'then')) return false
  if (property.get === undefined) return typeof property.value === 'function'
  return owner === service && isFunctionBehind(service, name)
}

function isFunctionBehind(service: object, name: string): boolean {
  try {
    return typeof Reflect.get(service, name) === 'function'
  } catch {
    return false
  }
}

/** The prototype of all objects: functions that a program has put there are of no service. */
function isRoot(owner: object, service: object): boolean {
  return owner !== service && Object.getPrototypeOf(owner) === null
}

function prototypeOf(owner: object): object {
  return (Object.getPrototypeOf(owner) as object | null) ?? Object.prototype
}

/** Whether a value is data of the platform's, an array included. */
export function isData(value: object): boolean {
  return (
    Array.isArray(value) ||
    ArrayBuffer.isView(value) ||
    types.isAnyArrayBuffer(value) ||
    types.isMap(value) ||
    types.isSet(value) ||
    types.isWeakMap(value) ||
    types.isWeakSet(value) ||
    types.isDate(value) ||
    types.isRegExp(value) ||
    types.isPromise(value) ||
    types.isNativeError(value) ||
    types.isBoxedPrimitive(value) ||
    types.isGeneratorObject(value)
  )
}
