import type { Version } from '../versions/version.ts'
import { isolateExited } from '../isolates/isolate-exited.ts'
import type { ThreadExit } from '../isolates/thread.ts'
import { MoultError } from '../protocol/errors.ts'
import { Outcome } from '../protocol/wire/messages.ts'
import { unwrapSequence } from '../protocol/wire/progress.ts'
import { decodeThrown } from '../protocol/wire/thrown.ts'
import type { WireThrown } from '../protocol/wire/thrown.ts'
import { stoppedAmidst } from './lifecycle.ts'
import { Mailbox } from './mailbox.ts'
import { operationNumber } from './message.ts'
import type { Message } from './message.ts'
import type { Overflow } from './overflow.ts'
import type { Activation } from './activation.ts'

/** Counters over a process's whole life. */
export interface Totals {
  /** Calls that were answered, and casts that were handled. */
  calls: number
  casts: number
  /** Those of them whose handler threw. */
  failed: number
  upgrades: number
  restarts: number
}

/** Whose messages a dispatch sends. */
export interface DispatchOwner {
  readonly label: string
  /** A cast came to nothing: there is no caller to tell. */
  onCastFailed(name: string, error: unknown): void
}

/** A process's messages on their way: from the mailbox to the isolate where it lives, and what comes back. */
export class Dispatch {
  readonly totals: Totals = { calls: 0, casts: 0, failed: 0, upgrades: 0, restarts: 0 }
  readonly #mailbox: Mailbox<Message>
  readonly #owner: DispatchOwner
  readonly #overflow: Overflow

  constructor(owner: DispatchOwner, overflow: Overflow) {
    this.#owner = owner
    this.#overflow = overflow
    this.#mailbox = new Mailbox(overflow)
  }

  /** Messages accepted and not finished. */
  get size(): number {
    return this.#mailbox.size
  }

  get inFlight(): number {
    return this.#mailbox.inFlight
  }

  /** The sequence number of the next message to be sent. */
  get next(): number {
    return this.#mailbox.next
  }

  /** Queues a message. @throws MoultError `UNKNOWN_CALL`, `UNKNOWN_CAST`, `MAILBOX_FULL`: then it was not accepted. */
  accept(message: Message, judge: Version | undefined, origin: string): void {
    message.origin = origin
    this.#checkKnown(message, judge)
    const dropped = this.#mailbox.admit(message)
    if (dropped === undefined) return
    const error = this.#overflow.full(this.#owner.label)
    if (this.#overflow.policy === 'reject') throw error
    this.#fail(dropped, error)
  }

  /** Throws what {@link accept} would throw. */
  checkAccepts(message: Message, judge: Version | undefined): void {
    this.#checkKnown(message, judge)
    if (this.#mailbox.refuses(message)) throw this.#overflow.full(this.#owner.label)
  }

  #checkKnown(message: Message, judge: Version | undefined): void {
    const number = judge && this.#operationOf(message, judge)
    if (number instanceof MoultError) throw number
  }

  /**
   * The messages with `count` arrival numbers from `arrival` on that will be handled elsewhere if the process leaves `activation`:
   * not those that have begun there or have moved there.
   */
  slice(arrival: number, count: number, activation: Activation): Message[] {
    return this.#mailbox
      .slice(arrival, count)
      .filter((message) => !message.isAnswered && !this.#isHandledIn(activation, message))
  }

  /** The arrival numbers of the oldest message, and of the one to come next. */
  get span(): { readonly from: number; readonly to: number } {
    const { oldest, arrivals } = this.#mailbox
    return { from: oldest, to: arrivals }
  }

  /** Sends what the window allows, where anything would be handled. To a place that is still `entering` nothing goes that could not be sent again. */
  send(activation: Activation, isEntering: boolean): void {
    let message = this.#mailbox.peek()
    while (message !== undefined && this.#mayGo(message, activation, isEntering)) {
      this.#sendOne(activation, message)
      message = this.#mailbox.peek()
    }
  }

  /** Nobody waits for a message any more. One that waits here is left out when its turn comes, one in flight if the isolate hears of it in time. */
  forget(message: Message, activation: Activation): void {
    const { sequence } = message
    if (sequence === undefined || this.#mailbox.get(sequence) !== message) return
    activation.forget(sequence)
  }

  /** A message has ended in its isolate; with `Progress` all casts before `sequence`. What is not in flight any more has been given up. */
  take(sequence: number, outcome: Outcome, value: unknown): void {
    if (outcome === Outcome.Progress) return this.#finishUpTo(sequence)
    const message = this.#mailbox.get(sequence)
    if (message === undefined) return
    if (outcome === Outcome.Finished) return this.#finish(message)
    if (message.kind === 'call') this.totals.calls++
    if (outcome === Outcome.Reply) message.succeed(value)
    else this.#failThrown(message, outcome, decodeThrown(value as WireThrown))
  }

  /** Lets go of what has finished. */
  trim(): void {
    this.#mailbox.trim()
  }

  /** What was sent and not handled waits again. */
  takeBack(): void {
    this.#mailbox.rewind()
  }

  /** The isolate died, or ended because the process `isStopped`: what it was handling fails, what it had not started waits again. */
  failHit({ cell }: Activation, exit: ThreadExit, isStopped = false): void {
    const { head, next } = this.#mailbox
    const started = unwrapSequence(cell.started, head)
    const finished = unwrapSequence(cell.finished, head)
    for (let sequence = head; sequence < next; sequence++) {
      const message = this.#mailbox.get(sequence)
      if (message === undefined || message.isFinished) continue
      // Buffers that moved are gone with the thread, whether their handler had started or not.
      const isHit = sequence < started || (!isStopped && message.transfer !== undefined)
      const isFinished = sequence < finished
      if (message.kind === 'cast' && isFinished) message.finish()
      else if (isHit) this.#fail(message, this.#hitError(message, exit, isStopped, isFinished))
    }
    this.#mailbox.rewind()
  }

  #hitError(
    { kind, name }: Message,
    exit: ThreadExit,
    isStopped: boolean,
    isFinished: boolean,
  ): MoultError {
    const { label } = this.#owner
    if (isStopped && !isFinished) return stoppedAmidst(label, kind, name)
    return isolateExited(exit, label, isFinished)
  }

  /** Gives everything up. A handler that has begun in `activation` may run on there. */
  clear(reason: () => MoultError, activation: Activation | undefined): void {
    const { size, head } = this.#mailbox
    if (size === 0) return
    const started = activation === undefined ? head : unwrapSequence(activation.cell.started, head)
    // An error that nobody is told costs more than the whole end of an idle process.
    const error = reason()
    for (const message of this.#mailbox.clear()) {
      const { kind, name, sequence = started } = message
      const hasBegun = sequence < started
      this.#fail(message, hasBegun ? stoppedAmidst(this.#owner.label, kind, name) : error)
    }
  }

  #isHandledIn({ cell }: Activation, { sequence, transfer }: Message): boolean {
    const { head, next } = this.#mailbox
    if (sequence === undefined || sequence < head || sequence >= next) return false
    return transfer !== undefined || sequence < unwrapSequence(cell.started, head)
  }

  #mayGo(message: Message, activation: Activation, isEntering: boolean): boolean {
    // What moves its buffers is handled by the version that receives it: that has to be the one that comes next.
    if (activation.wantsUpgrade || this.#mailbox.inFlight >= this.#overflow.window) return false
    // Should the new version never serve, the old one will handle what this one does not know.
    if (isEntering && typeof this.#operationOf(message, activation.version) !== 'number')
      return false
    // A message whose buffers move goes alone, for it can neither be taken back nor be sent again.
    const { first } = this.#mailbox
    if (message.transfer !== undefined) return first === undefined && !isEntering
    return first?.transfer === undefined
  }

  #sendOne({ isolate, slot, version }: Activation, message: Message): void {
    const operation = this.#operationOf(message, version)
    if (message.isAnswered || typeof operation !== 'number') {
      this.#mailbox.drop()
      // The version it was sent to knew it; this one does not any more.
      if (typeof operation !== 'number') this.#fail(message, operation)
      return
    }
    const sequence = this.#mailbox.launch()
    message.sequence = sequence
    const { payload, transfer } = message
    if (transfer === undefined) isolate.deliver(slot, sequence, operation, payload)
    else isolate.post({ type: 'deliver-moved', slot, sequence, operation, payload }, transfer)
  }

  /** Looked up when it is accepted, and again only where the version has changed meanwhile. */
  #operationOf(message: Message, version: Version): number | MoultError {
    if (message.knownTo === version) return message.operation
    const number = operationNumber(message, version, this.#owner)
    if (typeof number !== 'number') return number
    message.knownTo = version
    message.operation = number
    return number
  }

  #failThrown(message: Message, outcome: Outcome, error: unknown): void {
    this.totals.failed++
    if (outcome === Outcome.CastThrew) this.#owner.onCastFailed(message.name, error)
    else message.fail(error)
  }

  #finishUpTo(finished: number): void {
    const { head, next } = this.#mailbox
    const end = Math.min(unwrapSequence(finished, head), next)
    for (let sequence = head; sequence < end; sequence++) {
      const message = this.#mailbox.get(sequence)
      if (message === undefined || message.isFinished) continue
      // A call that is not answered yet has its reply on the way; one that was given up has none.
      if (message.kind === 'cast' || message.isAnswered) this.#finish(message)
    }
  }

  #finish(message: Message): void {
    if (message.isFinished) return
    message.finish()
    if (message.kind === 'cast') this.totals.casts++
  }

  #fail(message: Message, error: MoultError): void {
    if (message.kind === 'cast' && !message.isAnswered)
      this.#owner.onCastFailed(message.name, error)
    message.fail(error)
  }
}
