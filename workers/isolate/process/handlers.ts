import { Outcome } from '../../../src/protocol/wire/messages.ts'
import type { ProgressCell } from '../../../src/protocol/wire/progress.ts'
import { encodeThrown } from '../../../src/protocol/wire/thrown.ts'
import type { HostContext, Surroundings } from './host-context.ts'
import type { Operation } from '../../definition/operations.ts'
import { isPromiseLike } from '../../../src/protocol/promise-like.ts'

/** The process of the handlers. */
export interface HandlersOwner {
  /** A handler that had to be awaited has finished. */
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

  /** Whether no handler runs. */
  get isAtRest(): boolean {
    return this.#running === undefined || this.#running.size === 0
  }

  /** Whether another handler may start. */
  get hasRoom(): boolean {
    const running = this.#running?.size ?? 0
    return !this.#isRetired && running < this.#isolate.version.contract.concurrency
  }

  /** Whether another could start beside the handler that asks. */
  get hasRoomBeside(): boolean {
    const running = (this.#running?.size ?? 0) + (this.#isCalled ? 1 : 0)
    return !this.#isRetired && running < this.#isolate.version.contract.concurrency
  }

  /** Whether no other handler will start. Some may still run. */
  get isRetired(): boolean {
    return this.#isRetired
  }

  /** No other handler will start. */
  retire(): void {
    this.#isRetired = true
  }

  /** Within the async context of the message. */
  run(
    sequence: number,
    operation: Operation,
    state: unknown,
    payload: unknown,
    context: HostContext,
  ): void {
    this.#start(sequence)
    let result: unknown
    this.#isCalled = true
    try {
      result = operation.handler(state, payload, context)
      this.#isCalled = false
      // A thenable of the user's may throw when `then` is read or called.
      if (isPromiseLike(result)) return this.#await(sequence, operation, Promise.resolve(result))
    } catch (error) {
      this.#isCalled = false
      return this.#fail(sequence, operation, error)
    }
    this.#succeed(sequence, operation, result)
  }

  /** Leaves a message out. */
  skip(sequence: number): void {
    this.#start(sequence)
    this.#tellFinished(sequence, this.#finish())
  }

  #start(sequence: number): void {
    this.#started = sequence + 1
    this.#cell.markStarted(this.#started)
  }

  #await(sequence: number, operation: Operation, result: Promise<unknown>): void {
    const running = (this.#running ??= new Set())
    running.add(sequence)
    result.then(
      (value) => {
        running.delete(sequence)
        this.#succeed(sequence, operation, value)
        this.#owner.onSettled()
      },
      (error: unknown) => {
        running.delete(sequence)
        this.#fail(sequence, operation, error)
        this.#owner.onSettled()
      },
    )
  }

  #succeed(sequence: number, { kind }: Operation, value: unknown): void {
    const finished = this.#finish()
    if (kind === 'cast') this.#tellFinished(sequence, finished)
    else this.#isolate.outbox.reply(this.#slot, sequence, Outcome.Reply, value)
  }

  #fail(sequence: number, { kind }: Operation, error: unknown): void {
    const finished = this.#finish()
    const outcome = kind === 'call' ? Outcome.CallThrew : Outcome.CastThrew
    this.#isolate.outbox.reply(this.#slot, sequence, outcome, encodeThrown(error))
    if (kind === 'cast') this.#tellFinished(sequence, finished)
  }

  /** Tells that a message without a reply has finished. `Progress` cannot tell it while older handlers run. */
  #tellFinished(sequence: number, finished: number): void {
    const { outbox, version } = this.#isolate
    if (version.contract.concurrency === 1) outbox.progress(this.#slot, finished)
    else outbox.reply(this.#slot, sequence, Outcome.Finished, undefined)
  }

  /** Records that all messages before the oldest running handler have finished. */
  #finish(): number {
    const [oldest] = this.#running ?? []
    const finished = oldest ?? this.#started
    this.#cell.markFinished(finished)
    return finished
  }
}
