/** Called with the signal's reason. */
type OnAbort = (reason: unknown) => void

/** Callbacks for the abort of each signal. */
const callbacks = new WeakMap<AbortSignal, Set<OnAbort>>()

/**
 * Calls back when the signal, which is not aborted yet, is aborted. The returned function removes the callback.
 * A signal gets one listener for all callbacks: Node warns of a leak beyond ten, and its own list is slow when long.
 */
export function onAbort(signal: AbortSignal, callback: OnAbort): () => void {
  const all = callbacks.get(signal) ?? listenTo(signal)
  all.add(callback)
  return () => all.delete(callback)
}

function listenTo(signal: AbortSignal): Set<OnAbort> {
  const all = new Set<OnAbort>()
  callbacks.set(signal, all)
  const abort = (): void => {
    for (const callback of all) callback(signal.reason)
  }
  signal.addEventListener('abort', abort, { once: true })
  return all
}
