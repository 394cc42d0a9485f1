import { Outcome } from '../../../src/protocol/wire/messages.ts'
import type { ProgressCell } from '../../../src/protocol/wire/progress.ts'
import { encodeThrown } from '../../../src/protocol/wire/thrown.ts'
import { isResumable } from '../../../src/protocol/definition/contract.ts'
import type { Resumed } from '../../../src/protocol/definition/context.ts'
import type { Demand, Feed, StreamedPayload } from '../../../src/protocol/wire/streams.ts'
import { HandlerContext } from './handler-context.ts'
import { ReplayContext } from './replay-context.ts'
import type { HostContext, Surroundings } from './host-context.ts'
import { StreamingHandler } from './streaming-handler.ts'
import { StreamingHandlers } from './streaming-handlers.ts'
import type { Operation } from '../../definition/operations.ts'
import { isPromiseLike } from '../../../src/protocol/promise-like.ts'

/** The process of the handlers. */
export interface HandlersOwner {
  readonly context: HostContext
  /** A handler that had to be awaited has finished, or needs the state no more. */
  onSettled(): void
}

/** The running handlers of one process. Tells main the results of finished ones: replies, errors, progress. */
export class Handlers {
  readonly #slot: number
  readonly #cell: ProgressCell
  readonly #isolate: Surroundings
  readonly #owner: HandlersOwner
  /** Sequence numbers of running handlers, oldest first. */
  #running: Set<number> | undefined
  /** Those among them that need the state no more. */
  #letGo: Set<number> | undefined
  #streaming: StreamingHandlers | undefined
  #started: number
  #isRetired = false
  /** Whether a handler has been called and has not returned yet. */
  #isCalled = false

  constructor(slot: number, cell: ProgressCell, isolate: Surroundings, owner: HandlersOwner) {
    this.#slot = slot
    this.#cell = cell
    this.#isolate = isolate
    this.#owner = owner
    this.#started = cell.started
  }

  /** The sequence number after the last message that was started. */
  get started(): number {
    return this.#started
  }

  /** The sequence number before which all messages are done with the state. */
  get before(): number {
    if (this.isAtRest) return this.#started
    const [oldest] = this.#running ?? []
    return oldest ?? this.#started
  }

  /** Whether no handler runs that needs the state. */
  get isAtRest(): boolean {
    return this.isEmpty || this.#running?.size === this.#atRest
  }

  /** The same, and none has been stopped amid a stream. */
  get isAtBoundary(): boolean {
    return this.isAtRest && (this.#streaming?.atRest ?? 0) === 0
  }

  get #atRest(): number {
    return (this.#letGo?.size ?? 0) + (this.#streaming?.atRest ?? 0)
  }

  /** Those with streams. Undefined where there has been none. */
  get streaming(): StreamingHandlers | undefined {
    return this.#streaming
  }

  /** For a stream that has not begun here it is kept until it does. */
  receiveStream(message: Demand | Feed): void {
    if (message.sequence >= this.#started) this.#streaming ??= new StreamingHandlers()
    this.#streaming?.receive(message, message.sequence >= this.#started)
  }

  resumedOf(sequence: number): Resumed | undefined {
    return this.#streaming?.get(sequence)?.resumed
  }

  /** Gives up those that have been ended at an item, for the next version: main sends their messages again. */
  dropEnded(): void {
    for (const sequence of this.#streaming?.takeEnded() ?? []) {
      this.#running?.delete(sequence)
      this.#owner.context.endOf(sequence)
    }
  }

  /** Whether no handler runs at all. */
  get isEmpty(): boolean {
    return this.#running === undefined || this.#running.size === 0
  }

  /** Whether another handler may start. */
  get hasRoom(): boolean {
    const running = this.#running?.size ?? 0
    return !this.#isRetired && running < this.#isolate.version.contract.concurrency
  }

  /** The same for one that a suspend waits for: those that need the state no more take no room from it. */
  get mayStartMoved(): boolean {
    const running = (this.#running?.size ?? 0) - (this.#letGo?.size ?? 0)
    return !this.#isRetired && running < this.#isolate.version.contract.concurrency
  }

  /** Whether another could start beside the handler that asks. */
  get mayStartAnother(): boolean {
    const running = (this.#running?.size ?? 0) + (this.#isCalled ? 1 : 0)
    return !this.#isRetired && running < this.#isolate.version.contract.concurrency
  }

  /** Whether the handler of this message runs. */
  isRunning(sequence: number): boolean {
    const isCalled = this.#isCalled && sequence === this.#started - 1
    return isCalled || this.#running?.has(sequence) === true
  }

  /** Whether no other handler will start. Some may still run. */
  get isRetired(): boolean {
    return this.#isRetired
  }

  /** No other handler will start. */
  retire(): void {
    this.#isRetired = true
    this.#streaming?.cancelAll()
  }

  /** Within the async context of the message. */
  run(sequence: number, operation: Operation, state: unknown, payload: unknown): void {
    this.#start(sequence)
    const { context } = this.#owner
    let result: unknown
    this.#isCalled = true
    try {
      const Context = operation.isReplay === true ? ReplayContext : HandlerContext
      const own = new Context(context, sequence, this)
      result =
        operation.isStreamed === true
          ? this.#stream(sequence, operation, payload as StreamedPayload, (given) =>
              operation.handler(state, given, own),
            )
          : operation.handler(state, payload, own)
      this.#isCalled = false
      // A thenable of the user's may throw when `then` is read or called.
      if (isPromiseLike(result)) {
        this.#await(sequence, operation, Promise.resolve(result))
        if (own.hasLetGo) this.letGo(sequence)
        return
      }
    } catch (error) {
      this.#isCalled = false
      return this.#fail(sequence, operation, error)
    }
    this.#succeed(sequence, operation, result)
  }

  /** @param call the handler, with its payload in place of what has crossed */
  #stream(
    sequence: number,
    { name }: Operation,
    streamed: StreamedPayload,
    call: (payload: unknown) => unknown,
  ): Promise<unknown> {
    const { outbox, version } = this.#isolate
    const where = { name, slot: this.#slot, sequence }
    const message = { ...where, streamed, isResumable: isResumable(version.contract, name), call }
    const handler = new StreamingHandler(message, outbox, () => this.#owner.onSettled())
    this.#streaming ??= new StreamingHandlers()
    this.#streaming.add(sequence, handler)
    return handler.run()
  }

  /** Leaves a message out. */
  skip(sequence: number): void {
    this.#start(sequence)
    this.#streaming?.delete(sequence)
    this.#tellFinished(sequence, this.#finish(sequence))
  }

  /** Fails a message whose payload cannot be read. */
  refuse(sequence: number, operation: Operation, error: unknown): void {
    this.#start(sequence)
    this.#fail(sequence, operation, error)
  }

  #start(sequence: number): void {
    this.#started = sequence + 1
    this.#cell.markStarted(this.#started)
  }

  /** One that has not been awaited yet is asked once more when it is. */
  letGo(sequence: number): void {
    if (this.#running?.has(sequence) !== true) return
    this.#letGo ??= new Set()
    this.#letGo.add(sequence)
    this.#streaming?.letGo(sequence)
    this.#isolate.outbox.post({ type: 'let-go', slot: this.#slot, sequence })
    // Not amid the handler: others may begin.
    queueMicrotask(() => this.#owner.onSettled())
  }

  /** @returns whether it had let go of the state. */
  #end(sequence: number): boolean {
    this.#running?.delete(sequence)
    this.#streaming?.delete(sequence)
    return this.#letGo?.delete(sequence) === true
  }

  #await(sequence: number, operation: Operation, result: Promise<unknown>): void {
    const running = (this.#running ??= new Set())
    running.add(sequence)
    result.then(
      (value) => {
        this.#succeed(sequence, operation, value, this.#end(sequence))
        this.#owner.onSettled()
      },
      (error: unknown) => {
        this.#fail(sequence, operation, error, this.#end(sequence))
        this.#owner.onSettled()
      },
    )
  }

  #succeed(sequence: number, { kind }: Operation, value: unknown, hasLetGo = false): void {
    const finished = this.#finish(sequence)
    if (kind === 'cast') this.#tellFinished(sequence, finished, hasLetGo)
    else this.#isolate.outbox.reply(this.#slot, sequence, Outcome.Reply, value)
  }

  #fail(sequence: number, { kind }: Operation, error: unknown, hasLetGo = false): void {
    const finished = this.#finish(sequence)
    const outcome = kind === 'call' ? Outcome.CallThrew : Outcome.CastThrew
    this.#isolate.outbox.reply(this.#slot, sequence, outcome, encodeThrown(error))
    if (kind === 'cast') this.#tellFinished(sequence, finished, hasLetGo)
  }

  /** Tells that a message without a reply has finished. `Progress` cannot tell it while older handlers run. */
  #tellFinished(sequence: number, finished: number, hasLetGo = false): void {
    const { outbox, version } = this.#isolate
    // Behind one that has let go of the state and runs on, progress does not reach it.
    const isInRow = version.contract.concurrency === 1 && !hasLetGo && finished > sequence
    if (isInRow) outbox.progress(this.#slot, finished)
    else outbox.reply(this.#slot, sequence, Outcome.Finished, undefined)
  }

  /** Records that all messages before the oldest running handler have finished. */
  #finish(sequence: number): number {
    this.#owner.context.endOf(sequence)
    const [oldest] = this.#running ?? []
    const finished = oldest ?? this.#started
    this.#cell.markFinished(finished)
    return finished
  }
}
