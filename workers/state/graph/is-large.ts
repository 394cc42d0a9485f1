import { types } from 'node:util'

/**
 * A state of so many objects goes ahead. With fewer the pause is shorter by less than the ways between the threads take,
 * and the upgrade is longer.
 */
const MANY_OBJECTS = 1_000
/** So many primitives are copied in the time of one object. */
const PER_OBJECT = 16

/** Whether a state is so large that it is worth it to send it ahead. Runs no code of the user's. */
export function isLarge(state: unknown): boolean {
  const seen = new Set<unknown>([state])
  let size = 0
  for (const each of seen) {
    if (typeof each !== 'object' || each === null || types.isProxy(each)) continue
    size++
    for (const part of partsOf(each)) {
      if (typeof part === 'object' && part !== null) seen.add(part)
      else size += 1 / PER_OBJECT
      if (Math.max(size, seen.size) > MANY_OBJECTS) return true
    }
  }
  return false
}

function* partsOf(object: object): Generator {
  if (types.isMap(object)) {
    for (const [key, value] of Map.prototype.entries.call(object) as MapIterator<unknown[]>) {
      yield key
      yield value
    }
  } else if (types.isSet(object)) yield* Set.prototype.values.call(object)
  else if (Array.isArray(object)) yield* Array.prototype.values.call(object)
  else if (!ArrayBuffer.isView(object)) {
    for (const key in object) yield Object.getOwnPropertyDescriptor(object, key)?.value
  }
}
