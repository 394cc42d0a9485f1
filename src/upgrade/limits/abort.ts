import { onAbort } from '../../timing/on-abort.ts'
import { MoultError, isMoultError } from '../../protocol/errors.ts'

/** The error of an aborted upgrade. */
function abortedError(reason: unknown): MoultError {
  if (isMoultError(reason)) return reason
  return new MoultError('UPGRADE_ABORTED', 'the upgrade was aborted', { cause: reason })
}

/** Aborts an upgrade: waits under its signal fail with the error of the upgrade. */
export function abortUpgrade(abort: AbortController, reason: unknown): void {
  abort.abort(abortedError(reason))
}

/** Aborts an upgrade together with `signal`. The returned function ends the connection. */
export function forwardAbort(signal: AbortSignal | undefined, abort: AbortController): () => void {
  if (signal === undefined) return () => undefined
  const forward = (reason: unknown): void => abortUpgrade(abort, reason)
  if (!signal.aborted) return onAbort(signal, forward)
  forward(signal.reason)
  return () => undefined
}
