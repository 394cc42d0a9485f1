/** The longest delay a Node timer can hold, about 24.8 days; longer ones fire at once. */
export const MAX_DELAY_MS = 2 ** 31 - 1

/**
 * `promise`, or a rejection with `late()` when it takes longer than `timeoutMs`.
 * What the promise does later is ignored; `Infinity` waits for ever.
 */
export async function withDeadline<Value>(
  promise: Promise<Value>,
  timeoutMs: number,
  late: () => Error,
): Promise<Value> {
  if (timeoutMs > MAX_DELAY_MS) return promise
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), timeoutMs)
  })
  try {
    return await Promise.race([promise, deadline])
  } finally {
    clearTimeout(timer)
  }
}

/** Whether `promise` is fulfilled within `timeoutMs`; false when it is late or rejects. */
export async function fulfilsWithin(
  promise: Promise<unknown>,
  timeoutMs: number,
): Promise<boolean> {
  const fulfilled = promise.then(() => true)
  return withDeadline(fulfilled, timeoutMs, () => new Error('late')).catch(() => false)
}
