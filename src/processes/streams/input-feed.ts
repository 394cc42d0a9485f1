import { ReadableStream } from 'node:stream/web'
import { types } from 'node:util'
import { ownCopy } from '../../protocol/bytes/own-copy.ts'
import { prototypesOf } from '../../protocol/bytes/prototypes.ts'
import type { MoultError } from '../../protocol/errors.ts'
import type { Feed, InputPosition } from '../../protocol/wire/streams.ts'
import { encodeThrown } from '../../protocol/wire/thrown.ts'

/** What is sent of an input at a time. */
export type FedItem = Pick<Feed, 'at' | 'end' | 'item' | 'prototypes'>

/** What an {@link InputFeed} asks of its message. */
export interface FeedTarget {
  /** Sends an item to where the handler runs, or the end. */
  feed(item: FedItem): void
  /** An item is no data. */
  refuse(error: MoultError): void
}

/** Reads the stream that was given as a payload, as far as the handler takes its items. */
export class InputFeed {
  readonly position: InputPosition
  readonly #items: AsyncIterable<unknown>
  /** Made when the handler takes the first: a `ReadableStream` is locked from then on. */
  #iterator: AsyncIterator<unknown> | undefined
  #target: FeedTarget | undefined
  /** So many may be read, from the first on. */
  #until = 0
  #read = 0
  #isReading = false
  #isClosed = false

  constructor(items: AsyncIterable<unknown>) {
    this.#items = items
    const isReadable = items instanceof ReadableStream
    this.position = { taken: 0, after: undefined, waiting: [], end: undefined, isReadable }
  }

  open(target: FeedTarget): void {
    this.#target = target
  }

  /** The handler has taken `taken` items, and will take more, up to `until`. */
  need(taken: number, until: number): void {
    const { position } = this
    for (; position.taken < taken; position.taken++) position.after = position.waiting.shift()
    this.#until = Math.max(this.#until, until)
    if (!this.#isReading) void this.#fill()
  }

  /** The message has ended: nothing more is read. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.position.end === undefined) void this.#return()
  }

  async #fill(): Promise<void> {
    this.#isReading = true
    while (this.#read < this.#until && this.position.end === undefined && !this.#isClosed)
      await this.#readOne()
    this.#isReading = false
  }

  async #readOne(): Promise<void> {
    try {
      this.#iterator ??= this.#items[Symbol.asyncIterator]()
      const next: IteratorResult<unknown, unknown> = await this.#iterator.next()
      if (this.#isClosed) return
      if (next.done === true) this.#end('done')
      else this.#take(next.value)
    } catch (error) {
      this.#end(encodeThrown(error))
    }
  }

  #take(value: unknown): void {
    let item: unknown
    try {
      item = ownCopy(value, 'item')
    } catch (error) {
      this.#target?.refuse(error as MoultError)
      return
    }
    this.position.waiting.push(item)
    const at = this.#read++
    this.#target?.feed({ at, end: undefined, item, prototypes: prototypesOf(item) })
  }

  #end(end: NonNullable<InputPosition['end']>): void {
    this.position.end = end
    this.#target?.feed({ at: this.#read, end, item: undefined, prototypes: undefined })
  }

  /** It is told as by a `for await` that is left. What it throws there is its own affair. */
  async #return(): Promise<void> {
    try {
      this.#iterator ??= this.#items[Symbol.asyncIterator]()
      await this.#iterator.return?.()
    } catch {
      // The message has ended, and nobody is left to hear of it.
    }
  }
}

/** Whether a payload is to be sent item by item. */
export function isInput(payload: unknown): payload is AsyncIterable<unknown> {
  if (typeof payload !== 'object' || payload === null || types.isProxy(payload)) return false
  return Symbol.asyncIterator in payload
}
