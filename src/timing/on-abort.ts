/** Called with the signal's reason. */
type OnAbort = (reason: unknown) => void

/** What is called when a signal is aborted. */
const callbacks = new WeakMap<AbortSignal, Set<OnAbort>>()

/**
 * Calls back when the signal, which is not aborted yet, is. The function that is returned ends that.
 * However many wait under one signal, it has one listener: Node warns of a leak beyond ten, and goes through all of them
 * for each that comes or goes.
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
