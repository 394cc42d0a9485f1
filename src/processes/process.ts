import type { Version } from '../versions/version.ts'
import { isolateExited } from '../isolates/isolate-exited.ts'
import type { ThreadExit } from '../isolates/thread.ts'
import { Deferred } from '../protocol/deferred.ts'
import type { MoultError } from '../protocol/errors.ts'
import type { LogLine, Outcome, Outgoing } from '../protocol/wire/messages.ts'
import { CellState } from '../protocol/wire/progress.ts'
import { Dispatch } from './dispatch.ts'
import type { MessageLog } from './message-log.ts'
import type { Messages } from './messages.ts'
import type { Totals } from './totals.ts'
import { Life } from './life.ts'
import { hasEnded, notRunning } from './lifecycle.ts'
import type { Lifecycle, StopManner } from './lifecycle.ts'
import type { EventListeners, ProcessEvent } from './event-listeners.ts'
import { Message } from './message.ts'
import type { MessageKind } from './message.ts'
import type { Monitor } from './monitor.ts'
import type { ProcessExit } from './process-exit.ts'
import type { ProcessObserver } from './process-observer.ts'
import { noRestarts } from './process-options.ts'
import type { ProcessOptions } from './process-options.ts'
import type { Timer } from './timer.ts'
import type { GoingBack, WentBack } from './replays.ts'
import type { Activation, ActivationObserver } from './activation.ts'
import type { Blame } from './blame.ts'
import { recoveryOf } from './recovery.ts'
import type { Recovery } from './recovery.ts'

/** A live, stateful unit: its mailbox is here, its state in the isolate where it has its activation. */
export class Process implements ActivationObserver {
  readonly options: ProcessOptions
  readonly id: string
  label: string
  readonly messages: Messages
  readonly life = new Life()
  readonly totals: Totals = { calls: 0, casts: 0, failed: 0, upgrades: 0, restarts: 0 }
  restarts = noRestarts
  timers: Map<string, Timer> | undefined
  monitors: Map<string, Monitor> | undefined
  events: EventListeners | undefined
  recovery: Recovery | undefined
  /** Who ended its last life, or the attempt to make the next one. */
  blame: Blame = 'own'
  /** While it is being moved: is told that it is to be stopped. Then it is not moved unless it is on its way already. */
  onStop: ((process: Process) => void) | undefined
  /** While an upgrade waits for it and it serves: is told that messages have finished, that it ends, or has died. */
  onServed: (() => void) | undefined
  /** While it can go back to the version before: is told that its thread has ended, and decides where it goes on. */
  onProbation: ((crash: MoultError) => void) | undefined
  readonly #dispatch: Dispatch
  readonly #observer: ProcessObserver<Process>
  /** What a sender takes to be serving: the version that served last until the next one does. */
  #served: Version | undefined
  #activation: Activation | undefined
  #idle: Deferred<void> | undefined

  constructor(options: ProcessOptions, observer: ProcessObserver<Process>) {
    this.options = options
    this.id = options.id
    this.label = options.name ?? options.id
    this.#observer = observer
    this.#dispatch = new Dispatch(this, options.overflow)
    this.messages = this.#dispatch
  }

  get declared(): ProcessObserver<Process>['declared'] {
    return this.#observer.declared
  }

  get lifecycle(): Lifecycle {
    return this.life.lifecycle
  }

  /** Where it lives, or lived last. */
  get activation(): Activation | undefined {
    return this.#activation
  }

  get version(): Version | undefined {
    return this.#activation?.version
  }

  /** Starts handling where its first state has been made. */
  beginIn(activation: Activation): void {
    this.#activation = activation
    this.#arrive()
  }

  /** @throws MoultError `PROCESS_STOPPED`, `UNKNOWN_CALL`, `UNKNOWN_CAST`, `MAILBOX_FULL`: then it was not accepted. */
  send(message: Message, isFromHandler = false): void {
    if (this.lifecycle !== 'running') this.#checkOpen(isFromHandler)
    this.#dispatch.accept(message, this.#judgeOf(message), this.#served?.declared ?? '')
    this.deliver()
  }

  /** Throws what {@link send} would throw, before the sender has given its buffers away. */
  checkAccepts(kind: MessageKind, name: string, isFromHandler = false): void {
    this.#checkOpen(isFromHandler)
    const message = new Message(kind, name, undefined, undefined)
    this.#dispatch.checkAccepts(message, this.#judgeOf(message))
  }

  /** The caller of a message stops waiting for it. */
  abandon(message: Message, reason: MoultError): void {
    if (message.isAnswered) return
    message.abandon(reason)
    this.#dispatch.forget(message, this.#activation, reason)
  }

  /** Stops dispatching. What arrives waits until {@link settle} or {@link rollBack}. */
  suspend(onStop?: (process: Process) => void): Activation {
    if (this.lifecycle !== 'running' || this.#activation === undefined) throw notRunning(this)
    this.onStop = onStop
    this.life.lifecycle = 'suspended'
    return this.#activation
  }

  /**
   * Moves to a place that is about to take over the state: what waits is delivered behind it, unless it holds. The log
   * gets all that is sent there.
   */
  moveTo(activation: Activation, log?: MessageLog): void {
    this.#dispatch.takeBack()
    this.#dispatch.log = log
    activation.cell.place(CellState.Entering, this.#dispatch.next)
    this.#activation = activation
    this.life.lifecycle = 'entering'
  }

  /** The state is in place. */
  settle(activation: Activation): void {
    this.totals.upgrades++
    if (activation.exit !== undefined) return this.#crash(activation, activation.exit)
    this.#arrive()
  }

  /** Goes on in the old place with its own live state, and delivers again what has not been handled. */
  rollBack(activation: Activation): void {
    this.#dispatch.log = undefined
    this.#goOnIn(activation)
  }

  /** The version that serves is not on probation any more: there is no way back from here. */
  endProbation(): void {
    this.onProbation = undefined
    this.onServed = undefined
    this.#dispatch.log = this.#dispatch.log?.also
  }

  /**
   * Goes on in an old place as {@link rollBack} does, once the new version has handled messages: what the log has is
   * handled again there, with its timers from then. It is suspended, and the new place is left.
   */
  goBack(activation: Activation, way: GoingBack): WentBack {
    const wentBack = this.#dispatch.goBack(this.#activation ?? activation, way)
    this.totals.upgrades--
    this.endProbation()
    this.#observer.onWentBack(this, way.timers)
    this.#goOnIn(activation)
    return wentBack
  }

  #goOnIn(activation: Activation): void {
    this.#activation = activation
    if (activation.exit !== undefined) return this.#crash(activation, activation.exit)
    if (activation.rollBack()) this.#dispatch.takeBack()
    this.#arrive()
  }

  /** Accepts nothing more; under `drain-all` only what handlers of other processes ask. */
  beginStop(manner: StopManner): void {
    if (this.lifecycle === 'stopped') return
    this.life.beginStop(manner)
    this.onServed?.()
    if (this.#activation?.exit !== undefined) this.#endAll(this.#activation, this.#activation.exit)
    // No upgrade moves it any more: what it has accepted is for this version.
    if (this.#activation?.wantsUpgrade === true) this.#activation.stay()
  }

  /** Resolves when every accepted message has finished. Only for a process that is stopping, else more may come. */
  async drained(): Promise<void> {
    this.deliver()
    if (this.#dispatch.unfinished === 0) return
    await (this.#idle ??= new Deferred()).promise
    this.#idle = undefined
  }

  /** It is gone: by itself when there is an error, else because it was stopped. */
  endStop(exit: Omit<ProcessExit, 'process'>): void {
    if (this.lifecycle === 'stopped') return
    const ended = { process: this.label, ...exit }
    this.life.end(ended)
    this.onServed?.()
    this.#dispatch.clear(() => exit.error ?? this.stoppedError(), this.#activation)
    this.#idle?.resolve()
    this.life.tellEnd(ended)
    this.#observer.onStopped(this, ended)
  }

  /** For senders. Where it ended by itself, the reason is the cause. */
  stoppedError(): MoultError {
    return this.life.stoppedError(this.label)
  }

  onReply(activation: Activation, sequence: number, outcome: Outcome, value: unknown): void {
    const letGo = this.#dispatch.letGo?.take(sequence, outcome, activation)
    if (letGo !== undefined) {
      this.#dispatch.settle(letGo, outcome, value)
      this.deliver()
    } else if (activation === this.#activation) this.#dispatch.take(sequence, outcome, value)
  }

  onLetGo(activation: Activation, sequence: number): void {
    if (activation !== this.#activation) return
    this.#dispatch.addLetGo(sequence, activation)
    this.onServed?.()
  }

  onBatch(activation: Activation): void {
    if (activation !== this.#activation) return
    this.#dispatch.trim()
    this.deliver()
    this.onServed?.()
  }

  onCastFailed(name: string, error: unknown): void {
    this.#observer.onCastFailed(this, name, error)
  }

  onOutgoing(activation: Activation, message: Outgoing | ProcessEvent): void {
    this.#observer.onOutgoing(this, activation, message)
  }

  onUpgradeSelf(activation: Activation): void {
    if (this.lifecycle === 'stopping') activation.stay()
    else this.#observer.onUpgradeSelf(this, activation)
  }

  onLog(activation: Activation, line: LogLine): void {
    this.#observer.onLog(this, activation.version.contract.version, line)
  }

  onExit(activation: Activation, exit: ThreadExit): void {
    this.#dispatch.failLetGo(() => isolateExited(exit, this.label), activation)
    if (activation !== this.#activation) return
    if (this.lifecycle === 'stopping') this.#endAll(activation, exit)
    // While it moves, upgrade/ sees the exit too and decides where the process goes on.
    if (this.lifecycle === 'running') this.#crash(activation, exit)
  }

  /** Its isolate died: the message it was handling fails, the ones behind it wait for the next incarnation. */
  #crash(activation: Activation, exit: ThreadExit): void {
    this.blame = activation.blame ?? 'own'
    if (this.onProbation !== undefined) {
      this.life.lifecycle = 'suspended'
      return this.onProbation(isolateExited(exit, this.label))
    }
    recoveryOf(this).fail(this, activation, () => this.#dispatch.failHit(activation, exit))
    this.#observer.onCrash(this, isolateExited(exit, this.label))
    this.onServed?.()
  }

  /** The same without a next incarnation: handlers elsewhere wait. Where it was told to leave, that ended the thread. */
  #endAll(activation: Activation, exit: ThreadExit): void {
    this.#dispatch.failHit(activation, exit, activation.hasLeft)
    this.#dispatch.clear(() => this.stoppedError(), activation)
    this.#idle?.resolve()
  }

  #arrive(): void {
    this.#served = this.#activation?.version
    this.recovery?.arrive(this.#served)
    this.#observer.onServing?.(this)
    this.#dispatch.handledAtOnce = this.#served?.contract.concurrency ?? 1
    this.onStop = undefined
    this.life.serve()
    this.deliver()
  }

  /** The version that must know a message for it to be accepted. While one enters, either may come to serve. */
  #judgeOf(message: Message): Version | undefined {
    const served = this.lifecycle === 'entering' ? this.#served : undefined
    const isServed = served !== undefined && typeof message.operationIn(served, this) === 'number'
    return isServed ? served : this.#activation?.version
  }

  #checkOpen(isFromHandler = false): void {
    if (isFromHandler && this.life.drainsAll && this.#activation?.exit === undefined) return
    if (hasEnded(this)) throw this.stoppedError()
  }

  /** Delivers what waits, also to a place that is still entering: in-band, right behind the state. */
  deliver(): void {
    const isEntering = this.lifecycle === 'entering'
    if (this.life.handles && this.#activation !== undefined)
      this.#dispatch.send(this.#activation, isEntering)
    if (this.#idle !== undefined && this.#dispatch.unfinished === 0) this.#idle.resolve()
  }
}
