import type { Demand, Feed } from '../../../src/protocol/wire/streams.ts'
import type { PauseReason } from './stopping-point.ts'
import type { StreamingHandler } from './streaming-handler.ts'

/** The running handlers of one process that have streams, by the sequence numbers of their messages. */
export class StreamingHandlers {
  readonly #running = new Map<number, StreamingHandler>()
  /** Those among them that need the state no more: nothing waits for them. */
  readonly #letGo = new Set<number>()
  /** What may be sent of streams that have not begun here. */
  readonly #early = new Map<number, number>()

  add(sequence: number, handler: StreamingHandler): void {
    this.#running.set(sequence, handler)
    handler.demand(this.#early.get(sequence) ?? 0)
    this.#early.delete(sequence)
  }

  get(sequence: number): StreamingHandler | undefined {
    return this.#running.get(sequence)
  }

  delete(sequence: number): void {
    this.#running.delete(sequence)
    this.#letGo.delete(sequence)
    this.#early.delete(sequence)
  }

  letGo(sequence: number): void {
    if (this.#running.has(sequence)) this.#letGo.add(sequence)
  }

  /** How many stand still, of those that need the state. */
  get atRest(): number {
    return this.#needed.filter(({ point }) => point.isAtRest).length
  }

  get #needed(): StreamingHandler[] {
    return [...this.#running].flatMap(([sequence, each]) =>
      this.#letGo.has(sequence) ? [] : [each],
    )
  }

  /** Lets them stand still at their next items: for a copy all, for an upgrade those that another can go on with. */
  pause(reason: PauseReason): void {
    for (const { point, isResumable } of this.#needed)
      if (reason !== 'upgrade' || isResumable) point.pause(reason)
  }

  goOn(reason: PauseReason): void {
    for (const { point } of this.#running.values()) point.goOn(reason)
  }

  /** Ends those that stand still. True where one has still to end. */
  endAll(): boolean {
    const ending = this.#needed.filter(({ point }) => !point.hasEnded)
    for (const { point } of ending) point.end()
    return ending.length > 0
  }

  /** Gives up those that have been ended: main sends their messages again. Returns their sequence numbers. */
  takeEnded(): number[] {
    const ended = [...this.#running].filter(([, { point }]) => point.hasEnded)
    for (const [sequence] of ended) this.delete(sequence)
    this.#early.clear()
    return ended.map(([sequence]) => sequence)
  }

  /** @param isEarly whether its handler has not begun */
  receive(message: Demand | Feed, isEarly: boolean): void {
    const { type, sequence } = message
    const handler = this.#running.get(sequence)
    if (type === 'feed') handler?.input?.receive(message)
    else if (isEarly) this.#early.set(sequence, message.until)
    else handler?.demand(message.until)
  }

  /** Nothing waits for this one any more. */
  cancel(sequence: number): void {
    this.#running.get(sequence)?.point.cancel()
  }

  cancelAll(): void {
    for (const { point } of this.#running.values()) point.cancel()
  }
}
