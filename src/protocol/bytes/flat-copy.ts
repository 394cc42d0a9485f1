/** Says that a value is not flat. */
export const NOT_FLAT = Symbol('not flat')

const MAX_FIELDS = 32

/**
 * A copy of a primitive, or of a plain object or array that holds primitives only, as structured clone would make it;
 * else {@link NOT_FLAT}. Most messages are flat, and `structuredClone` costs some microseconds whatever it clones.
 */
export function flatCopy(value: unknown): unknown {
  if (isPrimitive(value)) return value
  if (typeof value !== 'object' || value === null) return NOT_FLAT
  try {
    return flatOf(value)
  } catch {
    // Structured clone reports a getter that throws.
    return NOT_FLAT
  }
}

function flatOf(value: object): unknown {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype) return flatObject(value as Record<string, unknown>)
  return prototype === Array.prototype && Array.isArray(value) ? flatArray(value) : NOT_FLAT
}

function flatObject(source: Record<string, unknown>): unknown {
  const keys = Object.keys(source)
  if (keys.length > MAX_FIELDS) return NOT_FLAT
  const copy: Record<string, unknown> = {}
  for (const key of keys) {
    const value = source[key]
    // Assigned, `__proto__` would set the prototype.
    if (!isPrimitive(value) || key === '__proto__') return NOT_FLAT
    copy[key] = value
  }
  return copy
}

function flatArray(source: readonly unknown[]): unknown {
  const { length } = source
  // Structured clone copies holes, and fields beside the elements.
  if (length > MAX_FIELDS || Object.keys(source).length !== length) return NOT_FLAT
  for (let index = 0; index < length; index++) {
    if (!Object.hasOwn(source, index) || !isPrimitive(source[index])) return NOT_FLAT
  }
  return [...source]
}

function isPrimitive(value: unknown): boolean {
  if (value === null) return true
  const type = typeof value
  return type !== 'object' && type !== 'function' && type !== 'symbol'
}
