/** The longest delay a Node timer can hold, about 24.8 days; longer ones fire at once. */
export const MAX_DELAY_MS = 2 ** 31 - 1

/**
 * `promise`, or a rejection with `late()` when it takes longer than `timeoutMs`.
 * What the promise does later is ignored; `Infinity` waits for ever.
 */
export function withDeadline<Value>(
  promise: Promise<Value>,
  timeoutMs: number,
  late: () => Error,
): Promise<Value> {
  if (timeoutMs > MAX_DELAY_MS) return promise
  // By hand: each of a hundred thousand spawns waits so, and a race in an async function costs several times as much.
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), timeoutMs)
    promise.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}

/** Whether `promise` is fulfilled within `timeoutMs`; false when it is late or rejects. */
export function fulfilsWithin(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  return withDeadline(promise, timeoutMs, () => new Error('late')).then(
    () => true,
    () => false,
  )
}
