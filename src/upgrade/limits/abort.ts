import { MAX_DELAY_MS } from '../../timing/deadline.ts'
import { MoultError, isMoultError } from '../../protocol/errors.ts'

/** What an upgrade fails with whose signal was aborted. */
export function abortedError({ reason }: AbortSignal): MoultError {
  if (isMoultError(reason)) return reason
  return new MoultError('UPGRADE_ABORTED', 'the upgrade was aborted', { cause: reason })
}

/** What is waited for under each signal: a signal itself looks through all its listeners for each that comes or goes. */
const waiting = new WeakMap<AbortSignal, Set<(reason: unknown) => void>>()

/**
 * `work`, or a rejection as soon as the signal is aborted, or with `late()` when it takes longer than `timeoutMs`.
 * What the work comes to later is the caller's to tidy up.
 */
export function unlessAborted<Value>(
  work: Promise<Value>,
  signal: AbortSignal,
  timeoutMs = Infinity,
  late?: () => MoultError,
): Promise<Value> {
  // By hand, and in one promise: it is waited for several times for each of a hundred thousand processes.
  return new Promise((resolve, reject) => {
    const waiters = waitersFor(signal)
    const isLimited = timeoutMs <= MAX_DELAY_MS && late !== undefined
    const timer = isLimited ? setTimeout(() => abandon(late()), timeoutMs) : undefined
    const end = (): void => {
      clearTimeout(timer)
      waiters.delete(abandon)
    }
    const abandon = (reason: unknown): void => {
      end()
      reject(reason)
    }
    if (signal.aborted) abandon(abortedError(signal))
    else waiters.add(abandon)
    work.then((value) => {
      end()
      resolve(value)
    }, abandon)
  })
}

function waitersFor(signal: AbortSignal): Set<(reason: unknown) => void> {
  const known = waiting.get(signal)
  if (known !== undefined) return known
  const waiters = new Set<(reason: unknown) => void>()
  waiting.set(signal, waiters)
  const abort = (): void => {
    for (const abandon of waiters) abandon(abortedError(signal))
  }
  signal.addEventListener('abort', abort, { once: true })
  return waiters
}

/** Aborts `abort` with `signal`; the function that is returned ends the connection. */
export function forwardAbort(signal: AbortSignal | undefined, abort: AbortController): () => void {
  if (signal === undefined) return () => undefined
  const forward = (): void => abort.abort(signal.reason)
  if (signal.aborted) forward()
  else signal.addEventListener('abort', forward, { once: true })
  return () => signal.removeEventListener('abort', forward)
}
