import { expose, wrap } from 'comlink'
import type { Endpoint, Remote } from 'comlink'

/** Comlink itself listens with functions only; its types allow more. */
type Listener = (event: MessageEvent) => void

/** Two endpoints of Comlink on one thread: a message posted to one arrives at the other. No port can stay open. */
class LocalEndpoint implements Endpoint {
  readonly #listeners = new Set<Listener>()
  #peer: LocalEndpoint | undefined

  static pair(): [LocalEndpoint, LocalEndpoint] {
    const one = new LocalEndpoint()
    const other = new LocalEndpoint()
    one.#peer = other
    other.#peer = one
    return [one, other]
  }

  postMessage(data: unknown): void {
    for (const listener of this.#peer === undefined ? [] : this.#peer.#listeners) {
      const event = { data } as MessageEvent
      listener(event)
    }
  }

  addEventListener(_type: string, listener: unknown): void {
    this.#listeners.add(listener as Listener)
  }

  removeEventListener(_type: string, listener: unknown): void {
    this.#listeners.delete(listener as Listener)
  }
}

/** A Comlink remote whose functions make calls to one process, by name. */
export function remoteCalls<Calls>(
  call: (name: string, payload: unknown) => Promise<unknown>,
): Remote<Calls> {
  const calls = new Proxy(
    {},
    {
      get: (_target, name) =>
        typeof name === 'string' ? (payload: unknown) => call(name, payload) : undefined,
    },
  )
  const [inner, outer] = LocalEndpoint.pair()
  expose(calls, inner)
  return wrap<Calls>(outer)
}
