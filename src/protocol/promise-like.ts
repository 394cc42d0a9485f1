import { types } from 'node:util'

/** Whether the result of a handler or a migration is to be awaited. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== 'object' || value === null) return false
  try {
    return 'then' in value && typeof value.then === 'function'
  } catch (error) {
    // A proxy is told as no data where it is sent. A getter fails the call as it would fail an `await`.
    if (types.isProxy(value)) return false
    throw error
  }
}

/** Goes on with a value at once, or when it comes. */
export function whenReady(value: unknown, next: (value: unknown) => unknown): unknown {
  return isPromiseLike(value) ? Promise.resolve(value).then(next) : next(value)
}
