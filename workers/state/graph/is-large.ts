import { types } from 'node:util'
import { readField } from '../../../src/protocol/bytes/field-fault.ts'

/**
 * A state of so many objects goes ahead. With fewer the pause is shorter by less than the ways between the threads take,
 * and the upgrade is longer.
 */
const MANY_OBJECTS = 1_000
/** So many primitives are copied in the time of one object. */
const PER_OBJECT = 16

/**
 * Whether a state is so large that it is worth it to send it ahead. Runs no code of the user's.
 *
 * @param seen is given the state and all objects in it, where it is not.
 */
export function isLarge(state: unknown, seen = new Set<unknown>()): boolean {
  seen.add(state)
  let size = 0
  for (const each of seen) {
    if (typeof each !== 'object' || each === null || types.isProxy(each)) continue
    size += 1 + sizeOfParts(each, seen)
    if (isMany(size) || isMany(seen.size)) return true
  }
  return false
}

function isMany(size: number): boolean {
  return size > MANY_OBJECTS
}

/** The size of the primitives in an object, as far as there are not too many; what else is in it is `seen`. */
function sizeOfParts(object: object, seen: Set<unknown>): number {
  // No generator goes through the parts, and no descriptor is made of a field: this runs once, and cold.
  if (types.isMap(object)) return sizeOfEntries(object, seen)
  if (types.isSet(object)) return sizeOfItems(Set.prototype.values.call(object), seen)
  if (Array.isArray(object)) return sizeOfItems(Array.prototype.values.call(object), seen)
  return ArrayBuffer.isView(object) ? 0 : sizeOfFields(object as Record<string, unknown>, seen)
}

function sizeOfEntries(map: Map<unknown, unknown>, seen: Set<unknown>): number {
  let size = 0
  for (const [key, value] of Map.prototype.entries.call(map) as MapIterator<[unknown, unknown]>) {
    size += sizeOf(key, seen) + sizeOf(value, seen)
    if (isMany(size) || isMany(seen.size)) break
  }
  return size
}

function sizeOfItems(items: Iterable<unknown>, seen: Set<unknown>): number {
  let size = 0
  for (const item of items) {
    size += sizeOf(item, seen)
    if (isMany(size) || isMany(seen.size)) break
  }
  return size
}

function sizeOfFields(record: Readonly<Record<string, unknown>>, seen: Set<unknown>): number {
  let size = 0
  for (const key in record) {
    size += sizeOf(readField(record, key), seen)
    if (isMany(size) || isMany(seen.size)) break
  }
  return size
}

/** An object counts when it is looked at. */
function sizeOf(part: unknown, seen: Set<unknown>): number {
  if (typeof part !== 'object' || part === null) return 1 / PER_OBJECT
  seen.add(part)
  return 0
}
