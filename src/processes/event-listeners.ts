import type { Self } from '../protocol/definition/context.ts'

/** Is told events of a process: the data, and which process it was, at which version. */
export type EventListener<Data = unknown> = (data: Data, from: Self) => void

/** An event of a process, on its way to those who listen. */
export interface ProcessEvent {
  readonly type: 'event'
  readonly name: string
  readonly data: unknown
}

/** Takes the events of one name. */
export interface EventTaker {
  /** What a user gave: by this it is taken away. */
  readonly listener: unknown
  take(data: unknown, from: Self): void
  /** There will be no more. */
  end?(): void
}

/** Those who listen to the events of one process, or of all processes of a code. */
export class EventListeners {
  /** By the names of events. A list is never changed: it may be gone through just now. */
  readonly #takers = new Map<string, readonly EventTaker[]>()

  on(name: string, listener: EventListener): void {
    this.add(name, { listener, take: listener })
  }

  once(name: string, listener: EventListener): void {
    const taker: EventTaker = {
      listener,
      take: (data, from) => {
        this.remove(name, taker)
        listener(data, from)
      },
    }
    this.add(name, taker)
  }

  /** Takes a listener away that was added: of several that are alike, the last. */
  off(name: string, listener: EventListener): void {
    const taker = this.#of(name).findLast((each) => each.listener === listener)
    if (taker !== undefined) this.remove(name, taker)
  }

  add(name: string, taker: EventTaker): void {
    this.#takers.set(name, [...this.#of(name), taker])
  }

  remove(name: string, taker: EventTaker): void {
    const left = this.#of(name).filter((each) => each !== taker)
    if (left.length > 0) this.#takers.set(name, left)
    else this.#takers.delete(name)
  }

  /** The error of a listener is an uncaught exception, thrown later so that the others are told. */
  tell(name: string, data: unknown, from: Self): void {
    for (const taker of this.#of(name)) {
      try {
        taker.take(data, from)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }

  /** There will be no more events. */
  end(): void {
    const all = [...this.#takers.values()].flat()
    this.#takers.clear()
    for (const taker of all) taker.end?.()
  }

  #of(name: string): readonly EventTaker[] {
    return this.#takers.get(name) ?? []
  }
}
