import type { Loader } from '../code/loader.ts'
import type { Version } from '../code/version.ts'
import { withDeadline } from '../deadline.ts'
import type { Isolate } from '../isolates/isolate.ts'
import type { ThreadExit } from '../isolates/thread.ts'
import type { Process } from '../processes/process.ts'
import { Tenancy } from '../processes/tenancy.ts'
import type { CloneBytes } from '../protocol/clone-bytes.ts'
import { sharedNow } from '../protocol/clock.ts'
import { MoultError, isMoultError } from '../protocol/errors.ts'
import type { EnteredState, HandedOver } from '../protocol/messages.ts'
import { unlessAborted } from './abort.ts'
import { auditMailbox, checkAudit, sumOfAudits } from './mailbox-audit.ts'
import type { MailboxAudit } from './mailbox-audit.ts'
import { pauseOf } from './pause.ts'
import type { ProcessReport } from './report.ts'
import type { Route } from './route.ts'
import type { Stage } from './stage.ts'
import type { Waypoints } from './waypoints.ts'

/** Up to this size a migrated state is proved to be data during the pause even if a rehearsal has proved a copy. */
const ALWAYS_VERIFIED_BYTES = 256 * 1024

/** How one process is to be moved. */
export interface HandOverOptions {
  readonly route: Route
  readonly waypoints: Waypoints
  readonly target: Version
  /** Whether to wait in the new isolate until {@link HandOver.resume}. */
  readonly hold: boolean
  readonly suspendTimeoutMs: number
  readonly codeChangeTimeoutMs: number
  /** Whether messages may be lost whose call or cast the target lacks. */
  readonly allowRemoved: boolean
  /** Aborted when the upgrade is to be given up. */
  readonly signal: AbortSignal
  readonly exitGraceMs: number
}

/** Moves one process from its isolate to one that has loaded the target version. One method a phase of the plan. */
export class HandOver {
  readonly process: Process
  readonly #options: HandOverOptions
  #stage: Stage = 'planned'
  #new: Isolate | undefined
  #old: Tenancy | undefined
  #next: Tenancy | undefined
  #isRehearsed = false
  #audit: MailboxAudit | undefined
  #passMs = 0
  #requestedAt = 0
  #resumedAt = 0
  #handedOver: HandedOver | undefined
  #stateBytes = 0
  #entered: EnteredState | undefined
  #messagesHeld = 0
  #oldThread: ThreadExit | undefined

  constructor(process: Process, options: HandOverOptions) {
    this.process = process
    this.#options = options
  }

  /** Gets an isolate that has loaded the target: the one given, or another. */
  async open(loader: Loader, loaded: Isolate | undefined): Promise<void> {
    this.#new = loaded ?? (await this.#openOther(loader))
    this.#stage = 'opened'
  }

  async #openOther(loader: Loader): Promise<Isolate> {
    const { target, signal, exitGraceMs } = this.#options
    const opening = loader.open(target)
    try {
      return await unlessAborted(opening, signal)
    } catch (error) {
      void opening.then((isolate) => isolate.leave(exitGraceMs)).catch(() => undefined)
      throw error
    }
  }

  /** Tries the migration on a copy: what would fail fails now, for free, and the code is warm when it counts. */
  async rehearse(): Promise<void> {
    const { route, waypoints, suspendTimeoutMs, codeChangeTimeoutMs } = this.#options
    await this.#arrival()
    const tenancy = this.process.tenancy
    if (this.#hasStopped() || tenancy === undefined || this.#new === undefined) return
    const copy = tenancy.isolate.copyState(tenancy.slot)
    const busy = (): MoultError =>
      this.#late('SUSPEND_TIMEOUT', 'reach a message boundary', suspendTimeoutMs)
    const bytes = await this.#within(copy, suspendTimeoutMs, busy).catch((error: unknown) => {
      if (!this.#hasStopped()) throw error
    })
    if (bytes === undefined) return
    const fresh = this.#new
    const passed = waypoints.pass(bytes, route.waypoints)
    const rehearsed = passed.then((state) => {
      return fresh.rehearse({ bytes: state, migration: route.enter })
    })
    const slow = (): MoultError =>
      this.#late('CODE_CHANGE_TIMEOUT', 'end codeChange', codeChangeTimeoutMs)
    await this.#within(rehearsed, codeChangeTimeoutMs, slow)
    this.#isRehearsed = true
  }

  /** Looks whether the new version can read what waits. @throws MoultError `MAILBOX_REFUSED`, `CODE_CHANGE_TIMEOUT` */
  async audit(): Promise<void> {
    if (this.#new === undefined || this.#hasStopped()) return
    const { route, target, allowRemoved, codeChangeTimeoutMs: ms } = this.#options
    const over = new AbortController()
    const audited = auditMailbox(this.process, target, this.#new, over.signal)
    const late = (): MoultError => this.#late('CODE_CHANGE_TIMEOUT', 'end its mailbox audit', ms)
    this.#audit = await this.#within(audited, ms, late).finally(() => over.abort())
    const labels = { from: route.leave.from, to: route.enter.to }
    checkAudit(this.#audit, allowRemoved, { process: this.process.label, ...labels })
  }

  /** A process that is being made anew after a crash is waited for. */
  async #arrival(): Promise<void> {
    const { suspendTimeoutMs } = this.#options
    const late = (): MoultError => this.process.notRunningError()
    if (this.process.isInTransit) await this.#within(this.process.arrival(), suspendTimeoutMs, late)
  }

  /** Stops the old version at the next message boundary. */
  async suspend(): Promise<void> {
    if (this.process.isInTransit) await this.#arrival()
    if (this.#hasStopped()) {
      this.#stage = 'skipped'
      return
    }
    const { route, suspendTimeoutMs } = this.#options
    this.#old = this.process.suspend()
    this.#stage = 'suspending'
    this.#requestedAt = sharedNow()
    const handedOver = this.#old.suspend(route.leave)
    const late = (): MoultError =>
      this.#late('SUSPEND_TIMEOUT', 'reach a message boundary', suspendTimeoutMs)
    try {
      this.#handedOver = await this.#within(handedOver, suspendTimeoutMs, late)
    } catch (error) {
      if (!this.#isGivenUp(error) || this.#old.withdrawSuspend()) throw error
      // The boundary was reached in time: the state is on its way.
      this.#handedOver = await this.#awaitHandedOver(handedOver, this.#old.isolate)
    } finally {
      if (this.#handedOver !== undefined) this.#stage = 'suspended'
    }
  }

  /** Hands the state to the new version, which migrates it. Messages follow in the same breath unless it holds. */
  async transfer(): Promise<void> {
    if (this.#stage === 'skipped' || this.#handedOver === undefined || this.#new === undefined)
      return
    const { route, target, hold, codeChangeTimeoutMs } = this.#options
    this.#stateBytes = this.#handedOver.bytes.byteLength
    this.#messagesHeld = this.process.messages.size
    // Without waypoints nothing is awaited: a tick here would be a tick of the pause.
    const bytes =
      route.waypoints.length === 0 ? this.#handedOver.bytes : await this.#pass(this.#handedOver)
    const migration = route.enter
    const next = new Tenancy(this.#new, target, this.process)
    this.#next = next
    this.process.moveTo(next)
    this.#stage = 'entering'
    const verify = migration.by === 'codeChange' && this.#mustVerify()
    const { id, label: name } = this.process
    const entered = next.enter({ id, name, migration, verify, hold, bytes }, bytes)
    if (!hold) this.process.deliverAhead()
    this.#entered = await this.#awaitEntered(entered, next, codeChangeTimeoutMs)
    this.#stage = 'entered'
  }

  async #pass({ bytes }: HandedOver): Promise<CloneBytes> {
    const { route, waypoints, codeChangeTimeoutMs: ms } = this.#options
    const began = sharedNow()
    const late = (): MoultError => this.#late('CODE_CHANGE_TIMEOUT', 'pass through older code', ms)
    const passed = await this.#within(waypoints.pass(bytes, route.waypoints), ms, late)
    this.#passMs = sharedNow() - began
    return passed
  }

  /** From here on the new version serves. */
  resume(): void {
    if (this.#stage !== 'entered' || this.#next === undefined) return
    if (this.#options.hold) this.#next.release()
    this.#resumedAt = sharedNow()
    this.process.settle(this.#next)
    this.#stage = 'resumed'
  }

  /** Lets the old isolate go and sees its thread exit. */
  async unload(): Promise<void> {
    if (this.#stage === 'skipped') {
      await this.#new?.leave(this.#options.exitGraceMs)
      return
    }
    this.#oldThread = await this.#old?.isolate.leave(this.#options.exitGraceMs)
    this.#stage = 'unloaded'
  }

  /** Back to the old version with its own live state and its queue, at once. Resolves when the new thread has gone. */
  async undo(): Promise<void> {
    const stage = this.#stage
    if (stage === 'resumed' || stage === 'unloaded') return
    this.#stage = 'undone'
    this.#next?.cell.cancel()
    if (this.#old !== undefined) this.process.moveBack(this.#old)
    // A codeChange that never returns would not hear that it should leave.
    await (stage === 'entering' ? this.#new?.kill() : this.#new?.leave(this.#options.exitGraceMs))
  }

  /** How the new thread ended, should it have died before it was needed. */
  get lostThread(): ThreadExit | undefined {
    return this.#stage === 'skipped' ? undefined : this.#new?.exit
  }

  /** Undefined for a process that stopped before it was suspended. */
  report(): ProcessReport | undefined {
    if (!this.#handedOver || !this.#entered || !this.#oldThread || !this.#old) return undefined
    const { contract, image } = this.#old.version
    const times = {
      requestedAt: this.#requestedAt,
      ...this.#handedOver,
      passMs: this.#passMs,
      ...this.#entered,
      // A process that holds stands still until the slowest of those that are upgraded with it is ready.
      resumedAt: this.#options.hold ? this.#resumedAt : this.#entered.readyAt,
    }
    return {
      id: this.process.id,
      name: this.process.label,
      from: { version: contract.version, hash: image.hash },
      ...pauseOf(times),
      stateBytes: this.#stateBytes,
      messagesHeld: this.#messagesHeld,
      mailboxAudit: this.#audit ?? sumOfAudits([]),
      oldThread: this.#oldThread,
    }
  }

  async #awaitEntered(
    entered: Promise<EnteredState>,
    next: Tenancy,
    ms: number,
  ): Promise<EnteredState> {
    const late = (): MoultError => this.#late('CODE_CHANGE_TIMEOUT', 'end codeChange', ms)
    try {
      return await this.#within(entered, ms, late)
    } catch (error) {
      // Whoever swaps the cell first decides: here main, or the new version that was ready just now.
      if (!this.#isGivenUp(error) || next.cell.cancel()) throw error
      return await entered
    }
  }

  /** Encoding ends by itself; the user's downgrade function may not. */
  async #awaitHandedOver(handedOver: Promise<HandedOver>, old: Isolate): Promise<HandedOver> {
    const { route, codeChangeTimeoutMs: ms, exitGraceMs } = this.#options
    if (route.leave.by !== 'downgrade') return handedOver
    const late = (): MoultError => this.#late('CODE_CHANGE_TIMEOUT', 'end downgrade', ms)
    try {
      return await this.#within(handedOver, ms, late)
    } catch (error) {
      // One that waits for ever can be left alone; one that loops for ever holds its thread.
      if (this.#isGivenUp(error) && !(await old.answersWithin(exitGraceMs))) await old.kill()
      throw error
    }
  }

  /** Whether main stopped waiting, as opposed to the isolate saying no. An abort counts whatever its reason is. */
  #isGivenUp(error: unknown): boolean {
    const isLate =
      isMoultError(error, 'SUSPEND_TIMEOUT') || isMoultError(error, 'CODE_CHANGE_TIMEOUT')
    return isLate || this.#options.signal.aborted
  }

  #mustVerify(): boolean {
    return !this.#isRehearsed || this.#stateBytes <= ALWAYS_VERIFIED_BYTES
  }

  #hasStopped(): boolean {
    const { lifecycle } = this.process
    return lifecycle === 'stopping' || lifecycle === 'stopped'
  }

  /** `work` with a deadline that the upgrade's signal can bring forward. */
  #within<Value>(work: Promise<Value>, ms: number, late: () => MoultError): Promise<Value> {
    return withDeadline(unlessAborted(work, this.#options.signal), ms, late)
  }

  #late(code: 'SUSPEND_TIMEOUT' | 'CODE_CHANGE_TIMEOUT', what: string, ms: number): MoultError {
    const { from } = this.#options.route.leave
    const { to } = this.#options.route.enter
    const process = this.process.label
    const message = `${process} did not ${what} within ${ms} ms`
    return new MoultError(code, message, { process, from, to, expected: `at most ${ms} ms` })
  }
}
