import { mainTurns } from './main-turns.ts'
import { onAbort } from './on-abort.ts'

/** The longest delay of a Node timer, about 24.8 days; a longer one fires at once. */
export const MAX_DELAY_MS = 2 ** 31 - 1

/** What ends a wait early. */
export interface Deadline {
  /** How long (ms) the wait may take. Default: for ever. */
  readonly timeoutMs?: number | undefined
  /** The error of a wait that took longer. */
  readonly late?: (() => Error) | undefined
  /** When it is aborted, the wait fails with its reason. */
  readonly signal?: AbortSignal | undefined
}

/** Each is there, so that none is looked for in the prototype of all objects, to which a program may add. */
const none: Deadline = { timeoutMs: undefined, late: undefined, signal: undefined }

/** `work`, or a rejection at the deadline. A later result is ignored: its owner cleans up. */
export function withDeadline<Value>(work: Promise<Value>, deadline: Deadline): Promise<Value> {
  const { timeoutMs = Infinity, late = unnamed, signal } = { ...none, ...deadline }
  const isLimited = timeoutMs <= MAX_DELAY_MS
  if (!isLimited && signal === undefined) return work
  if (signal?.aborted === true) return failAtOnce(work, signal)
  // One promise, made by hand: main waits several times for each of a hundred thousand processes.
  return new Promise((resolve, reject) => {
    const fail = (reason: unknown): void => {
      clearTimeout(timer)
      unwatch?.()
      reject(reason)
    }
    const timer = isLimited ? atDeadline(timeoutMs, () => fail(late())) : undefined
    const unwatch = signal && onAbort(signal, fail)
    work.then((value) => {
      clearTimeout(timer)
      unwatch?.()
      resolve(value)
    }, fail)
  })
}

/**
 * Calls back after `ms`, unless the timer is cleared. What has come by then is read first: where main was busy, an answer
 * that came in time may lie unread, and its sender is not to blame.
 */
export function atDeadline(ms: number, late: () => void): NodeJS.Timeout {
  return setTimeout(() => {
    // Ports are read between timers and this, unless they have been put aside; what waits for an answer comes behind it.
    setImmediate(() => {
      setImmediate(late)
      mainTurns.readAll()
    })
  }, ms)
}

function failAtOnce(work: Promise<unknown>, { reason }: AbortSignal): Promise<never> {
  // A later failure of the work is no unhandled rejection.
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
