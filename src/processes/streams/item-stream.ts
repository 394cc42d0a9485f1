import Denque from 'denque'
import { Deferred } from '../../protocol/deferred.ts'
import { streamLocked } from '../../protocol/stream-locked.ts'
import { STREAM_WINDOW } from '../../protocol/wire/streams.ts'
import type { OutputPosition } from '../../protocol/wire/streams.ts'

/**
 * The items that a handler yields, for one reader. At most 16 wait: the handler is held at its `yield` until they are
 * read. Leaving its `for await` ends the handler, as `return()` does: it finds `context.signal` aborted. `Result` is what
 * the handler returns behind its last item.
 */
export type ItemStream<Item, Result = unknown> = AsyncIterableIterator<Item, Result | undefined>

/** What an {@link ItemStream} asks of its message. */
export interface StreamSource {
  /** More items may come: up to `output.until`. */
  demand(): void
  /** There is no reader any more. */
  cancel(): void
}

/** What has become of `next()`. */
type Read = Deferred<IteratorResult<unknown, unknown>>

/** What a stream ends with: a result, or an error. */
type End = { readonly value: unknown } | { readonly error: unknown }

/** The items of a message that have come and were not read yet. The caller of that message. */
export class ReceivedItems implements ItemStream<unknown> {
  readonly output: OutputPosition = { count: 0, after: undefined, until: STREAM_WINDOW }
  readonly #what: string
  readonly #items = new Denque<unknown>()
  /** Those that have asked and wait for an item. */
  readonly #reads = new Denque<Read>()
  #source: StreamSource | undefined
  /** How many have been read. */
  #read = 0
  #end: End | undefined
  #isTaken = false

  /** @param what names the stream in errors */
  constructor(what: string) {
    this.#what = what
  }

  /** The message has been made. */
  open(source: StreamSource): void {
    this.#source = source
  }

  take(item: unknown): void {
    if (this.#end !== undefined) return
    const read = this.#reads.shift()
    if (read === undefined) this.#items.push(item)
    else this.#give(read, item)
  }

  /** The handler has ended. */
  resolve(value: unknown): void {
    // A value that is to be read first is told like a promise.
    void Promise.resolve(value).then(
      (read) => this.#finish({ value: read }),
      (error: unknown) => this.#finish({ error }),
    )
  }

  /** What waits is read before the error. */
  reject(error: unknown): void {
    this.#finish({ error })
  }

  next(): Promise<IteratorResult<unknown, unknown>> {
    const read: Read = new Deferred()
    if (this.#items.length > 0) this.#give(read, this.#items.shift())
    else if (this.#end === undefined) this.#reads.push(read)
    else this.#settle(read)
    return read.promise
  }

  /** Reads no more, as at the end of a `for await` that is left. The handler is told. */
  return(): Promise<IteratorResult<unknown, unknown>> {
    this.#items.clear()
    const isOpen = this.#end === undefined
    this.#finish({ value: undefined })
    if (isOpen) this.#source?.cancel()
    return Promise.resolve({ done: true, value: undefined })
  }

  /** @throws MoultError `STREAM_LOCKED` */
  [Symbol.asyncIterator](): this {
    if (this.#isTaken) throw streamLocked(this.#what)
    this.#isTaken = true
    return this
  }

  #give(read: Read, item: unknown): void {
    read.resolve({ done: false, value: item })
    this.#read++
    // Not at each: half a window at a time keeps the handler going.
    if (this.output.until - this.#read > STREAM_WINDOW / 2) return
    this.output.until = this.#read + STREAM_WINDOW
    if (this.#end === undefined) this.#source?.demand()
  }

  #finish(end: End): void {
    if (this.#end !== undefined) return
    this.#end = end
    for (let read = this.#reads.shift(); read !== undefined; read = this.#reads.shift())
      this.#settle(read)
  }

  /** The end is told once. */
  #settle(read: Read): void {
    const end = this.#end
    this.#end = { value: undefined }
    if (end !== undefined && 'error' in end) read.reject(end.error)
    else read.resolve({ done: true, value: end?.value })
  }
}
