/** What is called when a signal is aborted. */
const callbacks = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls back when the signal, which is not aborted yet, is. The function that is returned ends that.
 * However many wait under one signal, it has one listener: Node warns of a leak beyond ten, and goes through all of them
 * for each that comes or goes.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const all = callbacks.get(signal) ?? listenTo(signal)
  all.add(callback)
  return () => all.delete(callback)
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const all = new Set<() => void>()
  callbacks.set(signal, all)
  const abort = (): void => {
    for (const callback of all) callback()
  }
  signal.addEventListener('abort', abort, { once: true })
  return all
}
