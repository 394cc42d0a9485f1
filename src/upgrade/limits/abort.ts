import { onAbort } from '../../timing/on-abort.ts'
import { MoultError, isMoultError } from '../../protocol/errors.ts'

/** What an upgrade fails with that is given up. */
function abortedError(reason: unknown): MoultError {
  if (isMoultError(reason)) return reason
  return new MoultError('UPGRADE_ABORTED', 'the upgrade was aborted', { cause: reason })
}

/** Gives an upgrade up: what waits under its signal fails with the error of the upgrade. */
export function abortUpgrade(abort: AbortController, reason: unknown): void {
  abort.abort(abortedError(reason))
}

/** Gives an upgrade up with `signal`; the function that is returned ends the connection. */
export function forwardAbort(signal: AbortSignal | undefined, abort: AbortController): () => void {
  if (signal === undefined) return () => undefined
  const forward = (reason: unknown): void => abortUpgrade(abort, reason)
  if (!signal.aborted) return onAbort(signal, forward)
  forward(signal.reason)
  return () => undefined
}
