import { isResumable, numberInWay } from '../../protocol/definition/contract.ts'
import { MoultError } from '../../protocol/errors.ts'
import { markStreamed } from '../../protocol/wire/streams.ts'
import type { Demand, Feed, StreamedPayload } from '../../protocol/wire/streams.ts'
import type { Version } from '../../versions/version.ts'
import { InputFeed, isInput } from './input-feed.ts'
import type { FedItem } from './input-feed.ts'
import type { ReceivedItems } from './item-stream.ts'

/** The streams of a message that runs in an activation, by its sequence number. */
export type OpenStreams = Map<number, MessageStreams>

/** Where a message with streams is handled. */
export interface StreamPlace {
  readonly slot: number
  streams: OpenStreams | undefined
  tell(message: Demand | Feed): void
}

/** The streams of one message: the items that it is given, and those that it yields. */
export class MessageStreams {
  /** What is delivered. */
  readonly payload: StreamedPayload
  readonly #output: ReceivedItems | undefined
  readonly #input: InputFeed | undefined
  #place: StreamPlace | undefined
  #sequence = -1

  /**
   * @param copyOf of a payload that is not to be sent item by item
   * @param abandon the message is not waited for any more
   * @throws what `copyOf` throws
   */
  constructor(
    payload: unknown,
    output: ReceivedItems | undefined,
    copyOf: (payload: unknown) => unknown,
    abandon: (reason?: MoultError) => void,
  ) {
    const input = isInput(payload) ? new InputFeed(payload) : undefined
    const own = input === undefined ? copyOf(payload) : undefined
    this.#output = output
    this.#input = input
    this.payload = { payload: own, output: output?.output, input: input?.position }
    output?.open({ demand: () => this.#demand(), cancel: () => abandon() })
    input?.open({ feed: (item) => this.#feed(item), refuse: abandon })
  }

  /**
   * The number of the operation in a version, for which `operation` is the plain one.
   * @returns MoultError `STREAM_NOT_RESUMABLE` where it has begun elsewhere, and that version cannot go on with it
   */
  numberIn(version: Version, operation: number, name: string): number | MoultError {
    const isTranslated = operation >= version.contract.calls.length
    if (this.#hasBegun && !isTranslated && !isResumable(version.contract, name))
      return notResumable(version, name)
    return numberInWay(operation, 'streamed')
  }

  get #hasBegun(): boolean {
    const { output, input } = this.payload
    return (output?.count ?? 0) > 0 || (input?.taken ?? 0) > 0
  }

  /** It goes into flight, with what it has come to. */
  launch(place: StreamPlace, sequence: number): void {
    this.#leave()
    this.#place = place
    this.#sequence = sequence
    place.streams ??= new Map()
    place.streams.set(sequence, this)
    markStreamed(this.payload)
  }

  item(item: unknown): void {
    const { output } = this.payload
    if (output === undefined) return
    output.count++
    output.after = item
    this.#output?.take(item)
  }

  need(taken: number, until: number): void {
    this.#input?.need(taken, until)
  }

  /** The message has ended. */
  end(): void {
    this.#leave()
    this.#input?.close()
  }

  #leave(): void {
    const open = this.#place?.streams
    if (open?.get(this.#sequence) === this) open.delete(this.#sequence)
  }

  #demand(): void {
    const until = this.payload.output?.until ?? 0
    const place = this.#place
    place?.tell({ type: 'demand', slot: place.slot, sequence: this.#sequence, until })
  }

  #feed(item: FedItem): void {
    const place = this.#place
    place?.tell({ type: 'feed', slot: place.slot, sequence: this.#sequence, ...item })
  }
}

function notResumable({ contract: { version } }: Version, name: string): MoultError {
  const expected = `'${name}' among its resumable calls`
  const message = `version ${version} cannot go on with a stream of '${name}' that another version has begun: expected ${expected}`
  return new MoultError('STREAM_NOT_RESUMABLE', message, { version, expected, received: 'none' })
}
