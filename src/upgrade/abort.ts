import { MoultError, isMoultError } from '../protocol/errors.ts'

/** What an upgrade fails with whose signal was aborted. */
export function abortedError({ reason }: AbortSignal): MoultError {
  if (isMoultError(reason)) return reason
  return new MoultError('UPGRADE_ABORTED', 'the upgrade was aborted', { cause: reason })
}

/** `work`, or a rejection as soon as the signal is aborted. What the work comes to later is the caller's to tidy up. */
export async function unlessAborted<Value>(
  work: Promise<Value>,
  signal: AbortSignal,
): Promise<Value> {
  let abort = (): void => undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(abortedError(signal))
  })
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** Aborts `abort` with `signal`; the function that is returned ends the connection. */
export function forwardAbort(signal: AbortSignal | undefined, abort: AbortController): () => void {
  if (signal === undefined) return () => undefined
  const forward = (): void => abort.abort(signal.reason)
  if (signal.aborted) forward()
  else signal.addEventListener('abort', forward, { once: true })
  return () => signal.removeEventListener('abort', forward)
}
