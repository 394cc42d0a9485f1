import type { CopyScope } from '../../../src/protocol/wire/requests.ts'
import { sharedNow } from '../../../src/protocol/clock.ts'
import { Outcome } from '../../../src/protocol/wire/messages.ts'
import type { DeliverMoved, Forget } from '../../../src/protocol/wire/messages.ts'
import type { Demand, Feed } from '../../../src/protocol/wire/streams.ts'
import { CellState } from '../../../src/protocol/wire/progress.ts'
import type { EntryTimes, Migration } from '../../../src/protocol/wire/migration.ts'
import { Deferred } from '../../../src/protocol/deferred.ts'
import type { StateCopy } from './state-copies.ts'
import type { Self } from '../../../src/protocol/definition/context.ts'
import type { ProgressCell } from '../../../src/protocol/wire/progress.ts'
import type { BatchWriter } from '../../../src/protocol/bytes/payload-writer.ts'
import { asyncContexts } from '../async-contexts.ts'
import type { ProcessAttachments } from './attachments.ts'
import { Handlers } from './handlers.ts'
import type { HandlersOwner } from './handlers.ts'
import { HeldState } from './held-state.ts'
import { HostContext } from './host-context.ts'
import type { Surroundings } from './host-context.ts'
import { handOver, handOverNow } from './hand-over.ts'
import type { ExportedState, PendingSuspend } from './hand-over.ts'
import { Inbox, LEFT_OUT } from './inbox.ts'
import type { QueuedRun } from './inbox.ts'
import { firstState } from './first-state.ts'
import { whenReady } from '../../../src/protocol/promise-like.ts'
import type { Imported } from './importer.ts'
import { migrated } from './migrated.ts'
import type { Operation } from '../../definition/operations.ts'
import { OpenResource, openFirst } from './open-resource.ts'
import type { Scheduled } from '../scheduler.ts'
import { handleMoved, plainTurns } from './turn.ts'
import type { Turn, TurnOwner } from './turn.ts'

/** One process in its isolate: holds the live state and handles messages, by default one after the other. */
export class ProcessHost implements Scheduled, HandlersOwner, TurnOwner {
  readonly #slot: number
  readonly cell: ProgressCell
  readonly #isolate: Surroundings
  readonly context: HostContext
  readonly state: HeldState
  readonly #inbox = new Inbox()
  readonly #handlers: Handlers
  #suspend: PendingSuspend | undefined
  #stoppedAt: number | undefined
  /** Whether a handler has asked for a newer version. */
  #wantsUpgrade = false

  constructor(slot: number, self: Self, cell: ProgressCell, isolate: Surroundings) {
    this.#slot = slot
    this.cell = cell
    this.#isolate = isolate
    this.context = new HostContext(slot, self, isolate, this)
    this.#handlers = new Handlers(slot, cell, isolate, this)
    const { live } = isolate.version
    const resource = live && new OpenResource(live, this, this.context)
    this.state = new HeldState(isolate.version, resource)
  }

  /** Makes the first state. A promise where that is to be awaited. */
  init(args: unknown): unknown {
    const make = (): unknown => firstState(this.#isolate.version, args, this.context)
    const first = asyncContexts.runToEnd(this, 'init', make)
    const begin = (state: unknown): void => this.state.begin(state)
    return whenReady(first, (state) => openFirst(this.resource, state, () => begin(state)))
  }

  /** What it opens beside its state. */
  get resource(): OpenResource | undefined {
    return this.state.resource
  }

  get self(): Self {
    return this.context.self
  }

  get slot(): number | undefined {
    return this.hasEnded && this.#handlers.isEmpty ? undefined : this.#slot
  }

  /** Aborts the signal of its handlers. */
  leave(): void {
    this.context.leave()
  }

  /** Nothing more is handled here. What still runs is answered; behind its end the slot may be another's. */
  deactivate(): void {
    this.#inbox.clear()
    this.#suspend?.exported.resolve(undefined)
    this.state.end(this.self.name)
    this.#handlers.retire()
    this.leave()
    this.#goOn()
  }

  /** Whether it has been deactivated, or will be: its slot and its cell may be another's. */
  get hasEnded(): boolean {
    return this.#handlers.isRetired
  }

  /**
   * Whether a handler that waits for another of this process does not wait for itself. Where it has given its state up,
   * another isolate handles that.
   */
  get hasRoom(): boolean {
    const hasGone = this.cell.state === CellState.Suspended
    return this.state.exists && (hasGone || this.#handlers.mayStartAnother)
  }

  /** Takes a state over. Messages wait until the cell says Running. Undefined where main has given it up. */
  take({ state, times }: Imported, hold: boolean): EntryTimes | undefined {
    if (this.hasEnded) return undefined
    this.state.begin(state)
    if (!this.cell.enter(hold ? CellState.Entered : CellState.Running)) return undefined
    return times
  }

  /** Handles what has come meanwhile. */
  begin(): void {
    if (this.#inbox.current === undefined) return
    this.#isolate.outbox.flush()
    this.pump()
  }

  onSettled(): void {
    this.#goOn()
    this.#isolate.outbox.flushIfDue()
  }

  receive(run: QueuedRun): void {
    this.#inbox.push(run)
  }

  receiveMoved(message: DeliverMoved): void {
    this.#inbox.pushMoved(message)
    this.#goOn()
  }

  /** Asks main for a newer version of the code, and handles nothing more until main has answered. */
  step(): void {
    if (this.#wantsUpgrade || !this.state.exists || this.hasEnded) return
    this.#wantsUpgrade = true
    this.#isolate.outbox.post({ type: 'upgrade-self', slot: this.#slot })
  }

  /** There is no newer version, or none that could take over. */
  stay(): void {
    this.#wantsUpgrade = false
    this.#goOn()
  }

  /** Goes on: streams that an upgrade has stopped, and what waits. */
  go(): void {
    if (this.cell.state === CellState.Running) this.#handlers.streaming?.goOn('upgrade')
    this.pump()
  }

  receiveStream(message: Demand | Feed): void {
    this.#handlers.receiveStream(message)
  }

  /** Handles what waits, as its turns come. */
  pump(): void {
    this.#isolate.scheduler.add(this)
    this.#isolate.scheduler.run()
  }

  get #turn(): Turn {
    const { version, outbox } = this.#isolate
    return { owner: this, inbox: this.#inbox, handlers: this.#handlers, version, outbox }
  }

  takeTurn(quota: number): boolean {
    return (this.state.checkpoints ?? plainTurns).takeTurn(this.#turn, quota)
  }

  mayHandle(): boolean {
    if (this.#inbox.hasMoved) return this.#handlers.mayStartMoved
    if (this.#wantsUpgrade || !this.#handlers.hasRoom) return false
    const { state } = this.cell
    if (state === CellState.Suspending && this.#handlers.isAtRest) this.#stoppedAt ??= sharedNow()
    return state === CellState.Running
  }

  /** The caller of a message waits no more, or its own caller. */
  forget({ sequence, isLeftOut, reason }: Omit<Forget, 'type' | 'slot'>): void {
    if (isLeftOut) this.#handlers.streaming?.cancel(sequence)
    if (this.#handlers.isRunning(sequence)) this.context.abandon(sequence, reason)
    else if (sequence >= this.#handlers.started)
      this.#inbox.tell(sequence, isLeftOut ? LEFT_OUT : reason)
  }

  /** Gives its state up at the next message boundary. Undefined where main does not wait for it any more. */
  suspend(attempt: number, migration: Migration): Promise<ExportedState | undefined> {
    // A withdrawn suspend's request may arrive during a later one.
    if (attempt !== this.cell.attempt) return Promise.resolve(undefined)
    const exported = new Deferred<ExportedState | undefined>()
    this.#suspend?.exported.resolve(undefined)
    this.#suspend = { attempt, migration, exported }
    this.#handlers.streaming?.pause('upgrade')
    this.#goOn()
    if (!this.#handlers.isAtRest) this.context.awaitEnd()
    return exported.promise
  }

  /** Goes on after a suspend that came to nothing. Main delivers again what had not been handled. */
  rollBack(): void {
    this.state.rollBack()
    this.context.forgetFrom(this.#handlers.started)
    this.#stoppedAt = undefined
    this.#goOn()
  }

  /**
   * A copy on which anything may be tried, between two messages. Where several are handled at once there may never be
   * such a moment: there it is taken now.
   */
  copyState(scope: CopyScope): Promise<StateCopy> {
    const copy = this.attachments.copies.ask(scope)
    if (this.#isolate.version.contract.concurrency > 1) this.attachments.makeCopies()
    else {
      this.#handlers.streaming?.pause('copy')
      this.#goOn()
    }
    return copy
  }

  /** Adds a copy of its state; undefined where that would have to be waited for. See {@link writeCopy}. */
  copyInto(writer: BatchWriter, scope: CopyScope): boolean | undefined {
    return this.#handlers.isAtRest ? this.state.copyInto(writer, scope) : undefined
  }

  /** Suspends at once, with a small state; undefined where that cannot be: then nothing has happened. */
  suspendNow(attempt: number): ExportedState | undefined {
    const isReady = this.state.exists && !this.#wantsUpgrade && this.#handlers.isAtBoundary
    if (!isReady || this.#inbox.hasMoved || this.hasEnded) return undefined
    if (attempt !== this.cell.attempt || this.resource?.isExclusive === true) return undefined
    const stoppedAt = this.#stoppedAt ?? sharedNow()
    const given = handOverNow(this.cell, this.state.saved(), stoppedAt, this.#isolate.version)
    if (given !== undefined) this.#inbox.clear()
    return given
  }

  get attachments(): ProcessAttachments {
    return this.state.attachments
  }

  /** Does what can be done now, in the order in which it must be done. */
  #goOn(): void {
    if (this.#inbox.hasMoved) handleMoved(this.#turn)
    if (this.#handlers.isAtRest && !this.#inbox.hasMoved) this.#reachBoundary()
    this.pump()
  }

  handle(sequence: number, operation: Operation, payload: unknown): void {
    this.#stoppedAt = undefined
    const ready = this.resource === undefined ? operation : this.resource.ahead(operation)
    this.#handlers.run(sequence, ready, this.state.current(), payload)
  }

  /** With no handler running: copies that were asked for are made, and a suspend takes effect. */
  #reachBoundary(): void {
    const { outbox } = this.#isolate
    if (this.hasEnded) {
      if (!this.#handlers.isEmpty) return
      void whenReady(this.resource?.close(), () => {
        this.context.end()
        outbox.control(this.#slot, Outcome.Deactivated, undefined)
      })
      return
    }
    this.state.makeCopies()
    this.#handlers.streaming?.goOn('copy')
    if (this.#handlers.isAtRest) this.#takeSuspend()
  }

  #takeSuspend(): void {
    const suspend = this.#suspend
    // Of a suspend that was withdrawn and asked for again, the request that counts is still under way.
    if (suspend?.attempt !== this.cell.attempt) return
    if (this.#handlers.streaming?.endAll() === true) return
    this.#suspend = undefined
    // Main asked again just as it stopped for the attempt before: that state is not waited for any more.
    const hasStopped = this.cell.suspend() || this.cell.state === CellState.Suspended
    if (hasStopped) return suspend.exported.resolve(this.#handOver(suspend))
    this.#stoppedAt = undefined
    suspend.exported.resolve(undefined)
  }

  #handOver({ attempt, migration }: PendingSuspend): Promise<ExportedState | undefined> {
    // What waits here still waits on main too, and goes from there to the version that handles it.
    this.#inbox.clear()
    this.#handlers.dropEnded()
    const stoppedAt = this.#stoppedAt ?? sharedNow()
    const { attachments, resource } = this
    const state = this.state.current()
    const left = { attempt, cell: this.cell, state, stoppedAt, attachments, resource }
    const give = (): ReturnType<typeof handOver> => handOver(left, migration, this.#isolate)
    return migration.by === 'downgrade' ? migrated(this, migration, give) : give()
  }
}
