import { ReadableStream } from 'node:stream/web'
import type { Resumed } from '../../../src/protocol/definition/context.ts'
import { describe } from '../../../src/protocol/bytes/clone-bytes.ts'
import { MoultError } from '../../../src/protocol/errors.ts'
import type { Need, OutputPosition, StreamedPayload } from '../../../src/protocol/wire/streams.ts'
import type { Outbox } from '../outbox.ts'
import { InputItems } from './input-items.ts'
import { StoppingPoint } from './stopping-point.ts'

/** A message with streams, and how its handler is called. */
export interface StreamingMessage {
  readonly name: string
  readonly slot: number
  readonly sequence: number
  readonly streamed: StreamedPayload
  /** Whether another handler can go on with its streams. */
  readonly isResumable: boolean
  readonly call: (payload: unknown) => unknown
}

/** Of a handler that was ended, so that another goes on. */
const ENDED = Symbol('ended')

/** The handler of one message with streams. It may be ended between two items, and begun again. */
export class StreamingHandler {
  readonly isResumable: boolean
  readonly point: StoppingPoint
  readonly input: InputItems | undefined
  readonly #message: StreamingMessage
  readonly #output: OutputPosition | undefined
  readonly #outbox: Outbox
  #resumed: Resumed | undefined

  constructor(message: StreamingMessage, outbox: Outbox, onRest: () => void) {
    const { slot, sequence, streamed } = message
    this.#message = message
    this.#outbox = outbox
    this.isResumable = message.isResumable
    this.point = new StoppingPoint(onRest)
    this.#output = streamed.output
    const tell = (taken: number, until: number): void =>
      outbox.gather({ type: 'need', slot, sequence, taken, until } satisfies Need)
    this.input = streamed.input && new InputItems(streamed.input, this.point, tell)
  }

  /** How far an earlier handler had come when this one began. */
  get resumed(): Resumed | undefined {
    return this.#resumed
  }

  get #position(): Resumed | undefined {
    const output = this.#output
    const { taken = 0, after } = this.input ?? {}
    if (output === undefined) return taken === 0 ? undefined : { after, count: taken }
    if (output.count === 0 && taken === 0) return undefined
    return { after: output.after, count: output.count }
  }

  /** Main takes items up to this position. */
  demand(until: number): void {
    if (this.#output === undefined) return
    this.#output.until = Math.max(this.#output.until, until)
    this.point.wake()
  }

  /** Resolves to the reply: of a stream, to what follows its last item. */
  async run(): Promise<unknown> {
    for (;;) {
      const reply = await this.#once()
      if (reply !== ENDED) return reply
      if (this.point.isCancelled) return undefined
      this.input?.settle()
      if (!(await this.point.ended())) return undefined
    }
  }

  async #once(): Promise<unknown> {
    this.#resumed = this.#position
    try {
      const made = await this.#message.call(this.#payload())
      if (this.#output === undefined) return made
      return await this.#sendAll(itemsOf(made, this.#message.name), this.#output)
    } catch (error) {
      // The read of its input was refused.
      if (this.point.isToEnd && this.input !== undefined) return ENDED
      throw error
    }
  }

  #payload(): unknown {
    const { payload, input } = this.#message.streamed
    if (input === undefined) return payload
    const reader = this.input?.reader()
    return input.isReadable && reader !== undefined ? ReadableStream.from(reader) : reader
  }

  async #sendAll(items: AsyncIterator<unknown>, output: OutputPosition): Promise<unknown> {
    const mayGoOn = (): boolean => output.count < output.until
    for (;;) {
      if (!(await this.point.pass(mayGoOn))) {
        await items.return?.()
        return ENDED
      }
      const next: IteratorResult<unknown, unknown> = await items.next()
      if (next.done === true) return next.value
      await this.#send(next.value, items)
      output.count++
      output.after = next.value
    }
  }

  /** @throws MoultError `UNCLONEABLE_REPLY` */
  async #send(value: unknown, items: AsyncIterator<unknown>): Promise<void> {
    const { slot, sequence } = this.#message
    try {
      this.#outbox.item(slot, sequence, value)
    } catch (error) {
      await items.return?.()
      throw error
    }
  }
}

/** @throws MoultError `NOT_A_STREAM` */
function itemsOf(made: unknown, name: string): AsyncIterator<unknown> {
  const isObject = typeof made === 'object' && made !== null
  if (isObject && Symbol.asyncIterator in made)
    return (made as AsyncIterable<unknown>)[Symbol.asyncIterator]()
  const expected = 'an async iterable, as of an async * function'
  const received = describe(made)
  const message = `'${name}' was read as a stream: expected ${expected}, but its handler returned ${received}`
  throw new MoultError('NOT_A_STREAM', message, { expected, received })
}
