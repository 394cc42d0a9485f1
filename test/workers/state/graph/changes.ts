import { types } from 'node:util'
import fc from 'fast-check'
import { exact } from '../../../src/protocol/bytes/values.ts'

type Fields = Record<string, unknown>

/** A change somewhere in a graph. All numbers choose among what there is. */
export interface Change {
  readonly where: number
  readonly how: number
  readonly key: number
  /** A new value, or a number that chooses an object of the graph. */
  readonly value: { readonly fresh: unknown } | { readonly known: number }
}

const choice = fc.nat({ max: 1000 })
const value = fc.oneof(
  exact.map((fresh) => ({ fresh })),
  choice.map((known) => ({ known })),
)

/** A change of any kind. */
export const change: fc.Arbitrary<Change> = fc.record({
  where: choice,
  how: choice,
  key: choice,
  value,
})

/** All objects that can be reached, in the order of their discovery. */
export function objectsIn(root: unknown): object[] {
  const seen = new Set<unknown>([root])
  for (const each of seen) for (const part of partsOf(each)) if (isObject(part)) seen.add(part)
  return [...seen].filter(isObject)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function partsOf(value: unknown): unknown[] {
  if (!isObject(value) || types.isAnyArrayBuffer(value)) return []
  if (types.isMap(value)) return [...value].flat(1)
  if (types.isSet(value)) return [...value]
  if (ArrayBuffer.isView(value)) return [value.buffer]
  if (types.isNativeError(value)) return [value.cause]
  return Object.values(value)
}

const keys = [
  'a',
  'b',
  '__proto__',
  'constructor',
  '0',
  '7',
  '10',
  '-1',
  '4294967295',
  '',
  'toString',
]

function at<Of>(list: readonly Of[], number: number): Of {
  return list[number % list.length] as Of
}

/** Makes the change in place. */
export function make(root: object, { where, how, key, value }: Change): void {
  const objects = objectsIn(root)
  const given = 'fresh' in value ? value.fresh : at(objects, value.known)
  const object = at(objects, where)
  if (types.isMap(object)) changeMap(object, how, key, given)
  else if (types.isSet(object)) changeSet(object, how, key, given)
  else if (Array.isArray(object)) changeList(object, how, key, given)
  else if (types.isDate(object)) object.setTime(key * 1000)
  else if (types.isArrayBuffer(object)) changeMemory(object, how, key)
  else if (isFields(object)) changeFields(object as Fields, how, key, given)
}

function isFields(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

function changeFields(record: Fields, how: number, key: number, given: unknown): void {
  const known = Object.keys(record)
  const name = how % 3 === 0 || known.length === 0 ? at(keys, key) : at(known, key)
  const old = Object.hasOwn(record, name) ? record[name] : given
  if (how % 4 < 2) Reflect.deleteProperty(record, name)
  if (how % 4 === 0) return
  const again = how % 8 === 1 ? old : given
  const field = { value: again, enumerable: true, configurable: true, writable: true }
  Object.defineProperty(record, name, field)
}

function changeMap(map: Map<unknown, unknown>, how: number, key: number, given: unknown): void {
  const known = [...map.keys()]
  const name = known.length === 0 ? key : at(known, key)
  switch (how % 6) {
    case 0:
      return void map.delete(name)
    case 1: {
      const old = map.get(name)
      map.delete(name)
      return void map.set(name, old)
    }
    case 2:
      return void map.set(given, key)
    case 3:
      return how % 5 === 0 ? map.clear() : void map.set(key, given)
    default:
      return void map.set(name, given)
  }
}

function changeSet(set: Set<unknown>, how: number, key: number, given: unknown): void {
  const known = [...set]
  const member = known.length === 0 ? key : at(known, key)
  if (how % 3 === 0) return void set.delete(member)
  if (how % 3 === 1) set.delete(member)
  set.add(how % 3 === 1 ? member : given)
}

function changeList(list: unknown[], how: number, key: number, given: unknown): void {
  const index = list.length === 0 ? 0 : key % list.length
  switch (how % 9) {
    case 0:
      return void list.shift()
    case 1:
      return void list.unshift(given)
    case 2:
      return void list.splice(index, how % 3)
    case 3:
      return void list.splice(index, 0, given, key)
    case 4:
      Reflect.deleteProperty(list, index)
      return
    case 5:
      list.length = how % 2 === 0 ? list.length + (key % 3) : index
      return
    case 6:
      return void list.push(given)
    case 7:
      return void list.reverse()
    default:
      list[index] = given
  }
}

function changeMemory(memory: ArrayBuffer, how: number, key: number): void {
  if (memory.byteLength > 0) new Uint8Array(memory)[key % memory.byteLength] = how % 256
}
