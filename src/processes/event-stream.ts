import Denque from 'denque'
import { Deferred } from '../protocol/deferred.ts'
import { MoultError } from '../protocol/errors.ts'
import type { EventTaker } from './event-listeners.ts'
import type { OverflowPolicy } from './overflow.ts'

/** How many events may wait in an iterable, and what a full one does with one more. */
export interface EventLimits {
  readonly capacity: number
  readonly overflow: OverflowPolicy
}

/** The events of one name, one after the other, for one reader. Leaving its `for await` ends it, as `return()` does. */
export interface EventIterable<Data> extends AsyncIterableIterator<Data> {
  /** How many events it has dropped because it was full. */
  readonly dropped: number
}

/** What has become of `next()`. */
type Read = Deferred<IteratorResult<unknown, undefined>>

const END = { done: true, value: undefined } as const

/** The events that have come and were not read yet. */
export class EventStream implements EventIterable<unknown>, EventTaker {
  readonly listener = undefined
  readonly #process: string
  readonly #name: string
  readonly #limits: EventLimits
  readonly #onEnd: () => void
  readonly #waiting = new Denque<unknown>()
  /** Those that have asked and wait for an event. */
  readonly #reads = new Denque<Read>()
  #hasEnded = false
  #failure: MoultError | undefined
  #dropped = 0

  /** @param onEnd called when it takes no more: once, unless it is {@link end}ed. */
  constructor(process: string, name: string, limits: EventLimits, onEnd: () => void) {
    this.#process = process
    this.#name = name
    this.#limits = limits
    this.#onEnd = onEnd
  }

  get dropped(): number {
    return this.#dropped
  }

  take(data: unknown): void {
    const read = this.#reads.shift()
    if (read !== undefined) return read.resolve({ done: false, value: data })
    if (this.#waiting.length < this.#limits.capacity) {
      this.#waiting.push(data)
      return
    }
    if (this.#limits.overflow === 'reject') return this.#fail()
    this.#dropped++
    if (this.#limits.overflow === 'drop-newest') return
    this.#waiting.shift()
    this.#waiting.push(data)
  }

  /** What waits can still be read. */
  end(): void {
    this.#hasEnded = true
    for (let read = this.#reads.shift(); read !== undefined; read = this.#reads.shift())
      read.resolve(END)
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    if (this.#waiting.length > 0)
      return Promise.resolve({ done: false, value: this.#waiting.shift() })
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) return Promise.reject(failure)
    if (this.#hasEnded) return Promise.resolve(END)
    const read: Read = new Deferred()
    this.#reads.push(read)
    return read.promise
  }

  /** Reads no more, as at the end of a `for await` that is left. */
  return(): Promise<IteratorResult<unknown, undefined>> {
    this.#waiting.clear()
    this.#failure = undefined
    this.#close()
    return Promise.resolve(END)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #fail(): void {
    const process = this.#process
    const expected = `at most ${this.#limits.capacity} events that wait`
    const message = `the events '${this.#name}' of ${process} were read too slowly: expected ${expected}, and one more came`
    const details = { process, expected, received: 'one more' }
    this.#failure = new MoultError('EVENTS_MISSED', message, details)
    this.#close()
  }

  #close(): void {
    if (!this.#hasEnded) this.#onEnd()
    this.end()
  }
}
