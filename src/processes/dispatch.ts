import type { Version } from '../versions/version.ts'
import { isolateExited } from '../isolates/isolate-exited.ts'
import type { ThreadExit } from '../isolates/thread.ts'
import { MoultError } from '../protocol/errors.ts'
import { Outcome } from '../protocol/wire/messages.ts'
import { unwrapSequence } from '../protocol/wire/progress.ts'
import { stoppedAmidst } from './lifecycle.ts'
import { LetGoMessages } from './let-go.ts'
import { Mailbox } from './mailbox.ts'
import type { MessageLog } from './message-log.ts'
import { endMessage, failFlying, failMessage, finishMessage } from './message-end.ts'
import type { EndOwner, ErrorOfHit } from './message-end.ts'
import type { Message } from './message.ts'
import type { Overflow } from './overflow.ts'
import { lostRange, replaysOf } from './replays.ts'
import type { WayBack, WentBack } from './replays.ts'
import type { Activation } from './activation.ts'

/** The process of a dispatch. */
export interface DispatchOwner extends EndOwner {
  readonly label: string
}

/** Sends the messages of a process from its mailbox to its isolate, and takes what comes back. */
export class Dispatch {
  readonly #mailbox: Mailbox<Message>
  readonly #owner: DispatchOwner
  readonly #overflow: Overflow
  /** What has been sent to the activation where the process lives, while it may have to go back from there. */
  log: MessageLog | undefined
  /** Messages whose handlers have let go of the state. Made when it is needed. */
  letGo: LetGoMessages | undefined

  constructor(owner: DispatchOwner, overflow: Overflow) {
    this.#owner = owner
    this.#overflow = overflow
    this.#mailbox = new Mailbox(overflow)
  }

  /** Messages accepted and not finished. */
  get size(): number {
    return this.#mailbox.size
  }

  /** The same, and those whose handlers have let go of the state. */
  get unfinished(): number {
    return this.#mailbox.size + (this.letGo?.size ?? 0)
  }

  get inFlight(): number {
    return this.#mailbox.size - this.#mailbox.waiting
  }

  /** The sequence number of the next message to be sent. */
  get next(): number {
    return this.#mailbox.next
  }

  /** Queues a message. @throws MoultError `UNKNOWN_CALL`, `UNKNOWN_CAST`, `MAILBOX_FULL`: it was not accepted. */
  accept(message: Message, judge: Version | undefined, origin: string): void {
    // The cast of a timer has that of the timer.
    if (message.origin === '') message.origin = origin
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
    const number = judge && message.operationIn(judge, this.#owner)
    if (number instanceof MoultError) throw number
  }

  /**
   * Messages with `count` arrival numbers from `arrival` on that the next version would handle: neither begun in
   * `activation`, unless it would go on with their streams, nor moved there with their buffers.
   */
  slice(arrival: number, count: number, activation: Activation): Message[] {
    return this.#mailbox
      .slice(arrival, count)
      .filter((message) => !message.isAnswered && !message.staysIn(activation, this.#mailbox))
  }

  /** The arrival numbers of the oldest message, and of the one to come next. */
  get span(): { readonly from: number; readonly to: number } {
    const { oldest, arrivals } = this.#mailbox
    return { from: oldest, to: arrivals }
  }

  /** Sends as far as the window allows; while the activation is `entering`, only what could be sent again. */
  send(activation: Activation, isEntering: boolean): void {
    let message = this.#mailbox.peek()
    while (message !== undefined && this.#mayGo(message, activation, isEntering)) {
      this.#sendOne(activation, message)
      message = this.#mailbox.peek()
    }
  }

  /**
   * The caller of a message has stopped waiting. A queued message is left out at its turn; one in flight is left out if
   * the isolate hears of it in time. The signal of a handler that runs is aborted.
   */
  forget(message: Message, activation: Activation | undefined, reason: unknown): void {
    const { sequence } = message
    if (sequence === undefined) return
    const isInFlight = this.find(sequence) === message
    const there = this.letGo?.whereIs(message) ?? (isInFlight ? activation : undefined)
    there?.forget(sequence, reason, message.isAnswered)
  }

  /** The message with this number, in flight or let go of. */
  find(sequence: number): Message | undefined {
    return this.#mailbox.get(sequence) ?? this.letGo?.get(sequence)
  }

  /** A message has ended in its isolate; with `Progress`, all casts before `sequence`. Ignores such as were given up. */
  take(sequence: number, outcome: Outcome, value: unknown): void {
    if (outcome === Outcome.Progress) return this.#finishUpTo(sequence)
    const message = this.#mailbox.get(sequence)
    if (message === undefined) return
    if (outcome === Outcome.Finished) return finishMessage(this.#owner, message)
    endMessage(this.#owner, message, outcome, value)
  }

  /** The end of a message whose handler had let go of the state. */
  settle(message: Message, outcome: Outcome, value: unknown): void {
    if (message.kind === 'cast') this.#owner.totals.casts++
    if (outcome === Outcome.Finished) message.finish()
    else endMessage(this.#owner, message, outcome, value)
  }

  /** Messages whose handlers have begun there, need the state and have not ended, the oldest first. */
  begun({ cell }: Activation): Message[] {
    const { head } = this.#mailbox
    const finished = unwrapSequence(cell.finished, head)
    return this.#mailbox.unfinished(finished, unwrapSequence(cell.started, head))
  }

  /** Tells whether the handlers have ended that run there now and need the state. */
  whetherEnded({ cell, version }: Activation): () => boolean {
    const before = unwrapSequence(cell.started, this.#mailbox.head)
    const isOver = (message: Message): boolean =>
      message.isFinished || message.isResumableIn(version)
    return () => this.#mailbox.areOver(before, isOver)
  }

  /** The handler of this message needs the state no more. */
  addLetGo(sequence: number, activation: Activation): void {
    const message = this.#mailbox.get(sequence)
    if (message === undefined || message.isFinished) return
    message.letGo()
    this.letGo ??= new LetGoMessages()
    this.letGo.add(sequence, message, activation)
  }

  /** Fails all such messages, or those of an activation. */
  failLetGo(reason: (message: Message) => MoultError, activation?: Activation): void {
    for (const message of this.letGo?.takeAll(activation) ?? [])
      this.#fail(message, reason(message))
  }

  /** How many messages the version that serves handles at once. */
  set handledAtOnce(concurrency: number) {
    this.#mailbox.handledAtOnce = concurrency
  }

  /** Removes finished messages. */
  trim(): void {
    this.#mailbox.trim()
  }

  /** Messages in flight with these sequence numbers and later ones. */
  sentFrom(sequence: number): Message[] {
    return [...this.#mailbox.flying()].flatMap(([at, each]) => (at < sequence ? [] : each))
  }

  /** Messages are handled again, before all that wait. None may be in flight. */
  replay(messages: readonly Message[]): void {
    this.#mailbox.replay(messages)
  }

  /** Messages that were sent and not handled wait again. */
  takeBack(): void {
    this.#mailbox.rewind()
  }

  /**
   * What was sent to `activation` since the log began is handled again, on the state from then: what was answered by
   * replays. Handlers that had begun and cannot begin again fail.
   */
  goBack(activation: Activation, { version, replays, reason }: WayBack): WentBack {
    const started = unwrapSequence(activation.cell.started, this.#mailbox.head)
    const hasBegun = ({ sequence = started }: Message): boolean => sequence < started
    const plan = { process: this.#owner, version, hasBegun, replays }
    this.letGo?.takeAll(activation)
    const { queue, failed, lost } = replaysOf(this.log?.messages ?? [], plan)
    this.log = undefined
    for (const message of failed) this.#fail(message, reason)
    for (const message of queue) message.revive()
    this.#mailbox.replay(queue)
    const replayed = queue.filter(({ isReplay }) => isReplay).length
    return { replayed, lost: lostRange(lost) }
  }

  /** The isolate died, or ended as the process `isStopped`. Returns the first arrival number that was not handled. */
  failHit(activation: Activation, exit: ThreadExit, isStopped = false): number {
    const { label } = this.#owner
    return this.#failFlying(activation, !isStopped, (message, isFinished) => {
      if (isStopped && !isFinished) return stoppedAmidst(label, message)
      return isolateExited(exit, label, isFinished)
    })
  }

  /** The process has lost its state, and left. The same becomes of its messages. */
  failBegun(activation: Activation, errorOf: (message: Message) => MoultError): number {
    this.failLetGo(errorOf, activation)
    return this.#failFlying(activation, true, errorOf)
  }

  #failFlying({ cell }: Activation, losesMoved: boolean, errorOf: ErrorOfHit): number {
    const { head } = this.#mailbox
    const started = unwrapSequence(cell.started, head)
    const finished = unwrapSequence(cell.finished, head)
    const reached = { started, finished, losesMoved }
    const before = failFlying(this.#owner, this.#mailbox.flying(), reached, errorOf)
    this.#mailbox.rewind()
    return Math.min(before, this.#mailbox.oldest)
  }

  /** Fails all messages, also those let go of. A handler that has begun in `activation` may go on there. */
  clear(reason: () => MoultError, activation: Activation | undefined): void {
    this.failLetGo((message) => stoppedAmidst(this.#owner.label, message))
    const { size, head } = this.#mailbox
    if (size === 0) return
    const started = activation === undefined ? head : unwrapSequence(activation.cell.started, head)
    // Only now: making an error costs more than the whole end of an idle process.
    const error = reason()
    for (const message of this.#mailbox.clear()) {
      const hasBegun = (message.sequence ?? started) < started
      this.#fail(message, hasBegun ? stoppedAmidst(this.#owner.label, message) : error)
    }
  }

  #mayGo(message: Message, activation: Activation, isEntering: boolean): boolean {
    // The next version has to handle them: a message with moved buffers cannot be sent again.
    if (activation.wantsUpgrade || !this.#mailbox.hasRoomInFlight(this.#overflow.window))
      return false
    // It waits: should the new version never serve, the old one can handle it.
    if (isEntering && typeof message.operationIn(activation.version, this.#owner) !== 'number')
      return false
    // With moved buffers it can neither be taken back nor sent again, so an upgrade has to wait for it, and for those
    // before it: all begin at once.
    return message.transfer === undefined || (!isEntering && this.#mailbox.isHandledAtOnce)
  }

  #sendOne(activation: Activation, message: Message): void {
    const { isolate, slot, version } = activation
    const operation = message.operationIn(version, this.#owner)
    if (message.isAnswered || typeof operation !== 'number') {
      this.#mailbox.drop()
      // The version that accepted it knew the name; this version does not.
      if (typeof operation !== 'number') this.#fail(message, operation)
      return
    }
    const sequence = this.#mailbox.launch()
    message.sequence = sequence
    this.log?.add(message)
    message.streams?.launch(activation, sequence)
    const { payload, transfer, trace } = message
    if (trace !== undefined) isolate.trace(slot, sequence, trace)
    if (transfer === undefined) isolate.deliver(slot, sequence, operation, payload)
    else activation.deliverMoved(sequence, operation, payload, transfer)
    const { interruption } = message
    if (interruption !== undefined) activation.forget(sequence, interruption.reason, false)
  }

  #finishUpTo(finished: number): void {
    const { head, next } = this.#mailbox
    const end = Math.min(unwrapSequence(finished, head), next)
    for (let sequence = head; sequence < end; sequence++) {
      const message = this.#mailbox.get(sequence)
      if (message === undefined || message.isFinished) continue
      // The reply of an open call is on its way; a call that was given up gets none.
      if (message.kind === 'cast' || message.isAnswered) finishMessage(this.#owner, message)
    }
  }

  #fail(message: Message, error: MoultError): void {
    failMessage(this.#owner, message, error)
  }
}
