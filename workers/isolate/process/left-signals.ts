import { getEventListeners } from 'node:events'

/** Lives as long as its signal. */
const controllers = new WeakMap<AbortSignal, AbortController>()

const collected = new FinalizationRegistry<() => void>((forget) => forget())

/**
 * Signals of handlers that have ended. A signal with listeners is kept, for a listener may end a timer; any other for as
 * long as the user's code has it: a process may have handled millions of messages.
 */
export class LeftSignals {
  readonly #listened = new Set<AbortController>()
  readonly #others = new Set<WeakRef<AbortSignal>>()
  /** So many with listeners are looked through: some listeners may have been removed. */
  #most = 64

  add(controller: AbortController): void {
    if (!hasListeners(controller)) return this.#weaken(controller)
    this.#listened.add(controller)
    if (this.#listened.size > this.#most) this.#lookThrough()
  }

  abortAll(): void {
    for (const controller of this.#listened) controller.abort()
    for (const reference of this.#others) {
      const signal = reference.deref()
      if (signal !== undefined) controllers.get(signal)?.abort()
    }
    this.#listened.clear()
    this.#others.clear()
  }

  #lookThrough(): void {
    for (const controller of this.#listened) {
      if (hasListeners(controller)) continue
      this.#listened.delete(controller)
      this.#weaken(controller)
    }
    this.#most = Math.max(64, this.#listened.size * 2)
  }

  #weaken(controller: AbortController): void {
    const { signal } = controller
    const reference = new WeakRef(signal)
    controllers.set(signal, controller)
    this.#others.add(reference)
    collected.register(signal, () => this.#others.delete(reference))
  }
}

function hasListeners({ signal }: AbortController): boolean {
  return getEventListeners(signal, 'abort').length > 0
}
