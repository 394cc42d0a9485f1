import { onAbort } from './on-abort.ts'

/** The longest delay a Node timer can hold, about 24.8 days; longer ones fire at once. */
export const MAX_DELAY_MS = 2 ** 31 - 1

/** What ends a wait early. */
export interface Deadline {
  /** How long the wait may take. `Infinity`, as without it, is for ever. */
  readonly timeoutMs?: number
  /** What the wait fails with when it took longer. */
  readonly late?: () => Error
  /** When it is aborted, the wait fails with its reason. */
  readonly signal?: AbortSignal
}

/** `work`, or a rejection at the deadline. What the work comes to later is ignored: its owner tidies up. */
export function withDeadline<Value>(
  work: Promise<Value>,
  { timeoutMs = Infinity, late = unnamed, signal }: Deadline,
): Promise<Value> {
  const isLimited = timeoutMs <= MAX_DELAY_MS
  if (!isLimited && signal === undefined) return work
  if (signal?.aborted === true) return failAtOnce(work, signal)
  // By hand, and in one promise: each of a hundred thousand processes is waited for several times.
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer)
      unwatch?.()
    }
    const fail = (reason: unknown): void => {
      end()
      reject(reason)
    }
    const timer = isLimited ? setTimeout(() => fail(late()), timeoutMs) : undefined
    const unwatch = signal && onAbort(signal, fail)
    work.then((value) => {
      end()
      resolve(value)
    }, fail)
  })
}

function failAtOnce(work: Promise<unknown>, { reason }: AbortSignal): Promise<never> {
  // Its own failure is no unhandled rejection.
  work.catch(() => undefined)
  return Promise.reject(reason)
}

function unnamed(): Error {
  return new Error('late')
}

/** Whether `work` is fulfilled within `timeoutMs`; false when it is late or rejects. */
export function fulfilsWithin(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  return withDeadline(work, { timeoutMs }).then(
    () => true,
    () => false,
  )
}
