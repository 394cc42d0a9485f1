import { deserialise } from '../src/protocol/clone-bytes.ts'
import type { CloneBytes } from '../src/protocol/clone-bytes.ts'
import { sharedNow } from '../src/protocol/clock.ts'
import { Outcome } from '../src/protocol/messages.ts'
import type { DeliverMoved, Enter, Migration, Suspend } from '../src/protocol/messages.ts'
import { Deferred } from '../src/protocol/deferred.ts'
import { Standing } from '../src/protocol/progress.ts'
import type { ProgressCell } from '../src/protocol/progress.ts'
import { encodeThrown } from '../src/protocol/thrown.ts'
import type { HostContext } from './host-context.ts'
import { Inbox } from './inbox.ts'
import type { QueuedRun } from './inbox.ts'
import { enterState, leaveState } from './migrate.ts'
import type { Outbox } from './outbox.ts'
import { isPromiseLike } from './promise-like.ts'
import { proveCloneable, serialiseState } from './state-bytes.ts'
import type { Operation } from './operations.ts'
import type { Version } from './version.ts'

/** One process in its isolate: holds the live state and handles messages, one after the other unless the definition says more. */
export class ProcessHost {
  readonly #slot: number
  readonly #cell: ProgressCell
  readonly #version: Version
  readonly #outbox: Outbox
  readonly #context: HostContext
  #state: unknown
  /** Whether there is a state: `undefined` may be one. */
  #hasState = false
  readonly #inbox = new Inbox()
  /** Messages that came with their buffers. They exist nowhere else, so even a suspend lets them be handled first. */
  readonly #moved: DeliverMoved[] = []
  /** Sequence numbers of the handlers that are running, oldest first. */
  readonly #running = new Set<number>()
  /** The sequence number after the last message that was started. */
  #started: number
  #suspend: Suspend | undefined
  #stoppedAt: number | undefined
  /** Whether a handler has asked for a newer version. */
  #isStepping = false
  /** Copies of the state that are waited for. */
  readonly #copies: Deferred<CloneBytes>[] = []

  constructor(
    slot: number,
    cell: ProgressCell,
    version: Version,
    outbox: Outbox,
    context: HostContext,
  ) {
    this.#slot = slot
    this.#cell = cell
    this.#version = version
    this.#outbox = outbox
    this.#context = context
    this.#started = cell.started
  }

  /** Makes the first state. Proves that it is data, for a state that cannot be handed over could never be upgraded. */
  async init(args: unknown): Promise<void> {
    const state = await this.#version.init(args, this.#context)
    proveCloneable(state)
    await this.#version.checkState(state)
    this.#state = state
    this.#hasState = true
  }

  /** Takes over a handed-over state. Messages that follow wait until the cell says Running. */
  async enter(message: Enter): Promise<void> {
    const { slot, bytes, migration, verify, hold } = message
    try {
      const began = sharedNow()
      const old = deserialise(bytes)
      const decoded = sharedNow()
      const changed = enterState(this.#version, old, migration)
      this.#state = isPromiseLike(changed) ? await changed : changed
      const migrated = sharedNow()
      if (verify) proveCloneable(this.#state)
      const checked = this.#version.checkState(this.#state)
      if (isPromiseLike(checked)) await checked
      this.#hasState = true
      const readyAt = sharedNow()
      if (!this.#cell.enter(hold ? Standing.Entered : Standing.Running)) return
      this.#outbox.post({
        type: 'entered',
        slot,
        readyAt,
        deserialiseMs: decoded - began,
        codeChangeMs: migrated - decoded,
        verifyMs: readyAt - migrated,
      })
      this.pump()
    } catch (error) {
      this.#outbox.post({ type: 'not-entered', slot, error: encodeThrown(error) })
    }
  }

  receive(run: QueuedRun): void {
    this.#inbox.push(run)
  }

  receiveMoved(message: DeliverMoved): void {
    this.#moved.push(message)
    this.#goOn()
  }

  /** Asks main for a newer version of the code, and handles nothing more until main has answered. In `init` there is nothing to move yet. */
  step(): void {
    if (this.#isStepping || !this.#hasState) return
    this.#isStepping = true
    this.#outbox.post({ type: 'upgrade-self', slot: this.#slot })
  }

  /** There is no newer version, or none that could take over. */
  stay(): void {
    this.#isStepping = false
    this.#goOn()
  }

  /** Handles what waits, until the next handler that is still running, or a suspend. */
  pump(): void {
    for (let run = this.#inbox.current; run !== undefined; run = this.#inbox.current) {
      if (!this.#handleRun(run)) return
    }
  }

  /** False when it had to stop before the run's end. */
  #handleRun(run: QueuedRun): boolean {
    const operation = this.#version.operation(run.operation)
    while (run.at < run.end) {
      if (!this.#hasRoom() || !this.#mayHandle()) return false
      const sequence = run.sequence++
      const payload = run.batch[run.at++]
      if (this.#inbox.isForgotten(sequence)) this.#skip(sequence)
      else this.#handle(sequence, operation, payload)
      this.#outbox.flushIfDue()
    }
    return true
  }

  #mayHandle(): boolean {
    if (this.#isStepping) return false
    const { standing } = this.#cell
    const hasStopped = standing === Standing.Suspending && this.#running.size === 0
    if (hasStopped) this.#stoppedAt ??= sharedNow()
    return standing === Standing.Running
  }

  /** Leaves a message out when its turn comes; if it has come already, nothing changes. */
  forget(sequence: number): void {
    if (sequence >= this.#started) this.#inbox.forget(sequence)
  }

  suspend(message: Suspend): void {
    // A withdrawn suspend's marker may arrive during a later one.
    if (message.attempt !== this.#cell.attempt) return
    this.#suspend = message
    this.#goOn()
  }

  /** Goes on after a suspend that came to nothing. Main delivers again what had not been handled. */
  resume(): void {
    this.#stoppedAt = undefined
    this.#goOn()
  }

  /**
   * The state as bytes, between two messages. Where several are handled at once there may never be such a moment,
   * and each handler has to bear what others do at an `await` anyway: there it is taken now.
   */
  copyState(): Promise<CloneBytes> {
    if (this.#version.contract.concurrency > 1) return Promise.resolve(serialiseState(this.#state))
    const copy = new Deferred<CloneBytes>()
    this.#copies.push(copy)
    this.#goOn()
    return copy.promise
  }

  /** Does what can be done now, in the order in which it must be done. */
  #goOn(): void {
    while (this.#moved.length > 0 && this.#hasRoom()) {
      const { sequence, operation, payload } = this.#moved.shift() as DeliverMoved
      this.#handle(sequence, this.#version.operation(operation), payload)
    }
    if (this.#running.size === 0) this.#reachBoundary()
    this.pump()
  }

  #hasRoom(): boolean {
    return this.#running.size < this.#version.contract.concurrency
  }

  #handle(sequence: number, operation: Operation, payload: unknown): void {
    this.#started = sequence + 1
    this.#stoppedAt = undefined
    this.#cell.markStarted(this.#started)
    let result: unknown
    try {
      result = operation.handler(this.#state, payload, this.#context)
    } catch (error) {
      return this.#fail(sequence, operation, error)
    }
    if (isPromiseLike(result)) this.#await(sequence, operation, result)
    else this.#succeed(sequence, operation, result)
  }

  #skip(sequence: number): void {
    this.#started = sequence + 1
    this.#cell.markStarted(this.#started)
    this.#outbox.progress(this.#slot, this.#finish())
  }

  #await(sequence: number, operation: Operation, result: PromiseLike<unknown>): void {
    this.#running.add(sequence)
    result.then(
      (value) => {
        this.#running.delete(sequence)
        this.#succeed(sequence, operation, value)
        this.#goOn()
      },
      (error: unknown) => {
        this.#running.delete(sequence)
        this.#fail(sequence, operation, error)
        this.#goOn()
      },
    )
  }

  #succeed(sequence: number, operation: Operation, value: unknown): void {
    const finished = this.#finish()
    if (operation.kind === 'call') this.#outbox.reply(this.#slot, sequence, Outcome.Reply, value)
    else this.#outbox.progress(this.#slot, finished)
  }

  #fail(sequence: number, operation: Operation, error: unknown): void {
    const finished = this.#finish()
    const isCall = operation.kind === 'call'
    const outcome = isCall ? Outcome.CallThrew : Outcome.CastThrew
    this.#outbox.reply(this.#slot, sequence, outcome, encodeThrown(error))
    if (!isCall) this.#outbox.progress(this.#slot, finished)
  }

  /** All messages have finished up to the oldest that is still running. */
  #finish(): number {
    const [oldest] = this.#running.size === 0 ? [] : this.#running
    const finished = oldest ?? this.#started
    this.#cell.markFinished(finished)
    return finished
  }

  /** With no handler running: copies that were asked for are made, and a suspend takes effect. */
  #reachBoundary(): void {
    this.#makeCopies()
    const suspend = this.#suspend
    // Of a suspend that was withdrawn and asked for again, the marker that counts is still under way.
    if (suspend?.attempt !== this.#cell.attempt) return
    this.#suspend = undefined
    if (this.#cell.suspend()) void this.#handOver(suspend)
    else this.#stoppedAt = undefined
  }

  #makeCopies(): void {
    for (const copy of this.#copies.splice(0)) {
      try {
        copy.resolve(serialiseState(this.#state))
      } catch (error) {
        copy.reject(error)
      }
    }
  }

  async #handOver({ slot, attempt, migration }: Suspend): Promise<void> {
    // What waits here still waits on main too, and goes from there to whoever handles it.
    this.#inbox.clear()
    const stoppedAt = this.#stoppedAt ?? sharedNow()
    try {
      const isDowngrade = migration.by === 'downgrade'
      const bytes = isDowngrade ? await this.#downgraded(migration) : serialiseState(this.#state)
      // A downgrade that took too long has been given up meanwhile.
      if (this.#cell.standing !== Standing.Suspended || attempt !== this.#cell.attempt) return
      const serialiseMs = sharedNow() - stoppedAt
      const message = { type: 'handed-over', slot, attempt, bytes, stoppedAt, serialiseMs } as const
      this.#outbox.post(message, [bytes.buffer])
    } catch (error) {
      this.#outbox.post({ type: 'not-handed-over', slot, attempt, error: encodeThrown(error) })
    }
  }

  /** A copy, for the user's function may change what it is given and fail then. */
  async #downgraded(migration: Migration): Promise<CloneBytes> {
    // Should the user's function never return, what was answered before is not lost with the thread.
    this.#outbox.flush()
    const copy = deserialise(serialiseState(this.#state))
    return serialiseState(await leaveState(this.#version, copy, migration))
  }
}
