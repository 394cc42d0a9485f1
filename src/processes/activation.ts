import type { Transferable } from 'node:worker_threads'
import type { Version } from '../versions/version.ts'
import { fulfilsWithin, withDeadline } from '../timing/deadline.ts'
import { Deferred } from '../protocol/deferred.ts'
import { isolateExited } from '../isolates/isolate-exited.ts'
import type { Isolate } from '../isolates/isolate.ts'
import type { ActivationListener } from '../isolates/activation-listener.ts'
import type { ThreadExit } from '../isolates/thread.ts'
import type { Birth, FromMain, FromSlot, LogLine, Outgoing } from '../protocol/wire/messages.ts'
import { sharedNow } from '../protocol/clock.ts'
import { MoultError } from '../protocol/errors.ts'
import { heldBy, keepPrototypes, prototypesOf } from '../protocol/bytes/prototypes.ts'
import { Control, NO_SEQUENCE, Outcome } from '../protocol/wire/messages.ts'
import type { ProgressCell } from '../protocol/wire/progress.ts'
import { decodeThrown, encodeThrown } from '../protocol/wire/thrown.ts'
import type { WireThrown } from '../protocol/wire/thrown.ts'
import type { Blame } from './blame.ts'
import { leftMeanwhile } from './lifecycle.ts'
import type { ProcessEvent } from './event-listeners.ts'
import type { OpenStreams } from './streams/message-streams.ts'

/** The process of an activation: what it is told of what happens there. */
export interface ActivationObserver {
  onReply(activation: Activation, sequence: number, outcome: Outcome, value: unknown): void
  /** All replies that came together have been given out. */
  onBatch(activation: Activation): void
  onOutgoing(activation: Activation, message: Outgoing | ProcessEvent): void
  onUpgradeSelf(activation: Activation): void
  onLetGo(activation: Activation, sequence: number): void
  onLog(activation: Activation, line: LogLine): void
  onExit(activation: Activation, exit: ThreadExit): void
}

/** One process's place in one isolate. During an upgrade a process has two: the old one and the new one. */
export class Activation implements ActivationListener {
  readonly isolate: Isolate
  readonly version: Version
  readonly slot: number
  readonly cell: ProgressCell
  readonly process: ActivationObserver
  /** Since when a handler has asked for a newer version: until {@link stay} nothing is handled here. */
  #wantsUpgradeSince: number | undefined
  #hasLeft = false
  // What is waited for, for as long as it is: a process that is idle should weigh little.
  #initialised: Deferred<void> | undefined
  #deactivated: Deferred<void> | undefined
  #onLeft: (() => void) | undefined
  /** Streams of messages that are handled here. */
  streams: OpenStreams | undefined

  constructor(isolate: Isolate, version: Version, process: ActivationObserver) {
    this.isolate = isolate
    this.version = version
    this.process = process
    const { slot, cell } = isolate.activate(this)
    this.slot = slot
    this.cell = cell
  }

  /** How its isolate ended. Undefined while it is alive. */
  get exit(): ThreadExit | undefined {
    return this.isolate.exit
  }

  /** Who ended the isolate. Undefined while it is alive. */
  get blame(): Blame | undefined {
    if (this.exit === undefined) return undefined
    const { culprit } = this.isolate
    if (culprit === undefined) return 'unknown'
    return culprit === this.slot ? 'own' : "another's"
  }

  /** Whether the process has given the place up. Its slot may be another's: nothing more is to be said to it. */
  get hasLeft(): boolean {
    return this.#hasLeft
  }

  /**
   * @throws MoultError `PROCESS_BUSY` where the process {@link hasLeft}: it was stopped, or moved by another upgrade.
   */
  checkHere(): void {
    if (this.#hasLeft) throw leftMeanwhile()
  }

  /**
   * Makes the process's first state here, by `init`. The cell has been placed.
   * @throws MoultError `INIT_FAILED` when it is late, and what `init` threw
   */
  async init(birth: Birth, timeoutMs: number): Promise<void> {
    if (this.exit !== undefined) throw isolateExited(this.exit)
    this.#initialised = new Deferred()
    const [, name, args] = birth
    keepPrototypes(birth, heldBy(birth, prototypesOf(args)))
    this.isolate.deliver(this.slot, NO_SEQUENCE, Control.Init, birth)
    const late = (): MoultError => {
      const message = `init of ${name} took longer than ${timeoutMs} ms`
      return new MoultError('INIT_FAILED', message, { process: name })
    }
    await withDeadline(this.#initialised.promise, { timeoutMs, late })
    this.#initialised = undefined
    // An end that came together with the first state was not announced to a process yet.
    const { exit } = this.isolate
    if (exit !== undefined) throw isolateExited(exit)
  }

  /**
   * Gives the place up: where no other process lives in the isolate, it leaves. Resolves when that is done.
   * A handler that still runs after `graceMs` is left alone as long as others live there; one that holds the thread
   * ends with it, and so do the others there.
   */
  async deactivate(graceMs: number): Promise<void> {
    const { isolate } = this
    this.#hasLeft = true
    if (isolate.slots.occupied > 1 && this.exit === undefined) {
      const isDone = await fulfilsWithin(this.#requestDeactivation(), graceMs)
      if (!isDone) {
        isolate.slots.abandon(this.slot)
        await isolate.endIfHeld(graceMs)
      }
      if (isolate.slots.occupied > 0) return
    }
    await isolate.leave(graceMs)
  }

  /**
   * Gives the place up that the process has left for another, so that nothing of it runs here. `onLeft` is called when
   * that is done, and the isolate has gone if no other process lives there. By the thousand a promise each would cost
   * more than the rest of leaving.
   */
  leaveBehind(graceMs: number, onLeft: () => void): void {
    const { isolate } = this
    this.#hasLeft = true
    const leave = (): void => {
      this.#onLeft = undefined
      if (isolate.slots.occupied > 0) onLeft()
      else void isolate.leave(graceMs).then(onLeft)
    }
    if (isolate.slots.occupied <= 1 || this.exit !== undefined) {
      void isolate.leave(graceMs).then(onLeft)
      return
    }
    this.#onLeft = leave
    isolate.deliver(this.slot, NO_SEQUENCE, Control.Deactivate, undefined)
  }

  /** Asks the isolate to forget the process. Resolves when no handler of it runs any more. */
  #requestDeactivation(): Promise<void> {
    this.#deactivated ??= new Deferred()
    this.isolate.deliver(this.slot, NO_SEQUENCE, Control.Deactivate, undefined)
    return this.#deactivated.promise
  }

  /**
   * Lets nothing more be started here. The isolate has to be told, with the number of this attempt. Take back with
   * {@link withdrawSuspend}.
   */
  requestSuspend(): number {
    return this.cell.requestSuspend()
  }

  /** False when the process has suspended already, so that its state is on the way. */
  withdrawSuspend(): boolean {
    const isWithdrawn = this.cell.withdrawSuspend()
    // It may have stopped already, with messages in its queue.
    if (isWithdrawn) this.tell({ type: 'go', slot: this.slot })
    return isWithdrawn
  }

  /**
   * Lets a suspended process go on with its own live state. False when it had not suspended: then it kept its queue.
   */
  rollBack(): boolean {
    if (this.withdrawSuspend()) return false
    const wasSuspended = this.cell.rollBack()
    if (wasSuspended) this.tell({ type: 'roll-back', slot: this.slot })
    return wasSuspended
  }

  /** Says that no upgrade waits for the process any more. */
  abandonUpgrade(): void {
    this.tell({ type: 'given-up', slot: this.slot })
  }

  /** Lets a process that entered and holds handle messages. */
  release(): void {
    if (this.cell.release()) this.tell({ type: 'go', slot: this.slot })
  }

  /** Delivers a message whose buffers move with it. It exists nowhere else then. */
  deliverMoved(
    sequence: number,
    operation: number,
    payload: unknown,
    transfer: readonly Transferable[],
  ): void {
    const message = { slot: this.slot, sequence, operation, payload }
    const prototypes = prototypesOf(payload)
    this.isolate.post({ type: 'deliver-moved', ...message, prototypes }, transfer)
  }

  /** The caller of this message has stopped waiting. It `isLeftOut` if its turn has not come. */
  forget(sequence: number, reason: unknown, isLeftOut: boolean): void {
    if (this.#hasLeft) return
    const { slot } = this
    this.tell({ type: 'forget', slot, sequence, isLeftOut, reason: encodeThrown(reason) })
  }

  get wantsUpgrade(): boolean {
    return this.#wantsUpgradeSince !== undefined
  }

  /** Since when, on the clock that all threads share. */
  get wantsUpgradeSince(): number | undefined {
    return this.#wantsUpgradeSince
  }

  /** Answers a handler that asked for a newer version: this one goes on. */
  stay(): void {
    this.#wantsUpgradeSince = undefined
    // It may have been moved, which was what it asked for, or stopped.
    if (this.exit !== undefined || this.#hasLeft) return
    this.tell({ type: 'stay', slot: this.slot })
    // What was held back meanwhile follows.
    this.process.onBatch(this)
  }

  onReplies(
    sequence: number,
    outcome: Outcome,
    batch: readonly unknown[],
    from: number,
    to: number,
  ): void {
    if (outcome >= Outcome.Event) {
      for (let at = from; at < to; at++) this.#onTold(outcome, sequence + at - from, batch[at])
      return
    }
    if (outcome >= Outcome.Initialised) return this.#onControl(outcome, batch[from])
    for (let at = from; at < to; at++) {
      this.process.onReply(this, sequence + at - from, outcome, batch[at])
    }
    this.process.onBatch(this)
  }

  onMessage(message: FromSlot): void {
    switch (message.type) {
      case 'outgoing-call':
      case 'set-timer':
      case 'cancel-timer':
      case 'monitor':
      case 'demonitor':
      case 'link':
      case 'unlink':
      case 'checkpoint':
      case 'checkpoint-failed':
        return this.process.onOutgoing(this, message)
      case 'upgrade-self':
        this.#wantsUpgradeSince = sharedNow()
        return this.process.onUpgradeSelf(this)
      case 'need':
        return this.streams?.get(message.sequence)?.need(message.taken, message.until)
      case 'let-go':
        return this.process.onLetGo(this, message.sequence)
      case 'log':
        return this.process.onLog(this, message)
    }
  }

  onExit(exit: ThreadExit): void {
    this.#initialised?.reject(isolateExited(exit))
    this.#deactivated?.resolve()
    this.#onLeft?.()
    this.process.onExit(this, exit)
  }

  /** Posts what is for this process alone. Its isolate would take what comes behind the deactivation for another's. */
  tell(message: FromMain): void {
    if (!this.#hasLeft && this.exit === undefined) this.isolate.post(message)
  }

  /** @param number of an event, or of a message with a stream */
  #onTold(outcome: Outcome, number: number, data: unknown): void {
    if (outcome === Outcome.Item) return this.streams?.get(number)?.item(data)
    const name = this.version.contract.emits?.[number]
    if (name !== undefined) this.process.onOutgoing(this, { type: 'event', name, data })
  }

  #onControl(outcome: Outcome, value: unknown): void {
    switch (outcome) {
      case Outcome.Initialised:
        return this.#initialised?.resolve()
      case Outcome.NotInitialised:
        return this.#initialised?.reject(decodeThrown(value as WireThrown))
      case Outcome.Deactivated:
        this.isolate.slots.free(this.slot)
        this.#onLeft?.()
        return this.#deactivated?.resolve()
    }
  }
}
