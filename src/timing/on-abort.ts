/** Who is to be called when a signal is aborted. */
const callbacks = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls back when the signal is aborted; the function that is returned ends that. However many calls wait under one signal, it
 * has one listener: Node warns of a leak beyond ten, and finds one to remove by looking at all.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const known = callbacks.get(signal)
  const all = known ?? listenTo(signal)
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
