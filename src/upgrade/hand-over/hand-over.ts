import { releasePlace } from '../../versions/placement.ts'
import type { Placement } from '../../versions/placement.ts'
import { withDeadline } from '../../timing/deadline.ts'
import { isolateExited } from '../../isolates/isolate-exited.ts'
import type { Isolate } from '../../isolates/isolate.ts'
import type { ThreadExit } from '../../isolates/thread.ts'
import { hasEnded, isInTransit, notRunning } from '../../processes/lifecycle.ts'
import type { OpenCall } from '../../processes/open-calls.ts'
import type { Process } from '../../processes/process.ts'
import { Activation } from '../../processes/activation.ts'
import { sizeOf } from '../../protocol/bytes/payload.ts'
import type { Payload } from '../../protocol/bytes/payload.ts'
import { sharedNow } from '../../protocol/clock.ts'
import type { MoultError } from '../../protocol/errors.ts'
import type { EnteredState } from '../../protocol/wire/messages.ts'
import { Departure } from './departure.ts'
import type { HandOverOptions } from '../limits/hand-over-options.ts'
import { noMessages } from '../audit/mailbox-audit.ts'
import type { MailboxAudit } from '../audit/mailbox-audit.ts'
import { Deadlines } from '../limits/deadlines.ts'
import { TRAVEL_MS } from '../report/pause-budget.ts'
import type { PauseEstimate } from '../report/pause-budget.ts'
import { pauseOf } from '../report/pause.ts'
import type { ProcessReport } from '../report/report.ts'
import { auditProcess } from '../audit/process-audit.ts'
import { mayPreallocate, preallocateFor } from '../dry-run/preallocated-buffers.ts'
import type { Stage } from './hand-over-state.ts'
import { TableCopy } from './table-copy.ts'
import type { DryRun } from '../dry-run/dry-run.ts'

/** Moves one process from its isolate to one that has loaded the target version. One method a phase of the plan. */
export class HandOver {
  readonly process: Process
  readonly #options: HandOverOptions
  #stage: Stage = 'planned'
  #new: Isolate | undefined
  readonly #departure: Departure
  #next: Activation | undefined
  readonly #deadlines: Deadlines
  readonly dryRun: DryRun
  #audit: MailboxAudit | undefined
  readonly #tables: TableCopy
  #passMs = 0
  #resumedAt = 0
  #stateBytes = 0
  #entered: EnteredState | undefined
  #messagesHeld = 0

  constructor(dryRun: DryRun) {
    const { process, options } = dryRun
    this.process = process
    this.dryRun = dryRun
    this.#options = options
    this.#deadlines = new Deadlines(process.label, options)
    this.#departure = new Departure(process, options, this.#deadlines)
    this.#tables = new TableCopy(process, options.path, this.#deadlines)
  }

  /** Gets a place in an isolate that has loaded the target. */
  open(placement: Placement): Promise<void> | undefined {
    this.#new = placement.placeNow(this.#options.target)
    if (this.#new === undefined) return this.#openAnother(placement)
    this.#stage = 'opened'
  }

  async #openAnother(placement: Placement): Promise<void> {
    const { target, signal, exitGraceMs } = this.#options
    const opening = placement.place(target)
    try {
      this.#new = await withDeadline(opening, { signal })
    } catch (error) {
      void opening.then((isolate) => releasePlace(isolate, exitGraceMs)).catch(() => undefined)
      throw error
    }
    this.#stage = 'opened'
  }

  /** Whether others live where it is to live: a copy that is tried there could take them along. */
  get isAmongOthers(): boolean {
    return this.#new?.slots.isInhabited === true
  }

  /** Tries the migration on a copy. */
  async rehearse(isolate: Isolate | undefined = this.#new): Promise<void> {
    await this.#arrival()
    const { activation } = this.process
    if (hasEnded(this.process) || activation === undefined || isolate === undefined) return
    await this.dryRun.run(activation, isolate)
  }

  /** Looks whether the new version can read what waits. @throws MoultError `MAILBOX_REFUSED`, `CODE_CHANGE_TIMEOUT` */
  audit(): Promise<void> | undefined {
    const { activation, messages } = this.process
    if (this.#new === undefined || activation === undefined || hasEnded(this.process)) return
    if (!mayPreallocate(activation) && messages.size === 0) return
    return this.#auditIn(this.#new, activation)
  }

  async #auditIn(fresh: Isolate, activation: Activation): Promise<void> {
    await preallocateFor(activation, fresh, this.#options.signal)
    if (this.process.messages.size === 0) return
    this.#audit = await auditProcess(this.process, fresh, this.#options, this.#deadlines)
  }

  /** Sends the tables ahead while the old version serves. */
  copy(): Promise<void> | undefined {
    if (isInTransit(this.process)) return this.#arrival().then(() => this.#copyTables())
    return this.#copyTables()
  }

  #copyTables(): Promise<void> | undefined {
    const { activation } = this.process
    if (this.#new === undefined || hasEnded(this.process) || activation === undefined) return
    if (!this.#tables.mayGo(activation)) return
    const { leaveMs = 0, enterMs = 0 } = this.dryRun.rehearsed ?? {}
    const budgetMs = this.#options.maxPauseMs - TRAVEL_MS - leaveMs - enterMs
    return this.#tables.run(activation, this.#new, Math.max(0, budgetMs))
  }

  /** What the pause is thought to take; undefined where nothing was measured. */
  estimate(): PauseEstimate | undefined {
    const { activation, label: process } = this.process
    if (this.dryRun.rehearsed === undefined || activation === undefined) return undefined
    const threads = { from: activation.isolate, to: this.#new }
    return { process, ...threads, ...this.dryRun.rehearsed, ...this.#tables.left }
  }

  /** A process that is being made anew after a crash is waited for. */
  async #arrival(): Promise<void> {
    const { suspendTimeoutMs } = this.#options
    const late = (): MoultError => notRunning(this.process)
    if (isInTransit(this.process))
      await this.#deadlines.within(this.process.arrival(), suspendTimeoutMs, late)
  }

  /** Stops the old version at the next message boundary. */
  async suspend(): Promise<void> {
    if (isInTransit(this.process)) await this.#arrival()
    if (hasEnded(this.process)) {
      this.#stage = 'skipped'
      return
    }
    this.#stage = 'suspending'
    try {
      if (!(await this.#departure.stop())) this.#stage = 'skipped'
    } finally {
      if (this.#departure.handedOver !== undefined) this.#stage = 'suspended'
    }
  }

  /** Goes on where it is until it has answered these calls. */
  async answer(calls: readonly OpenCall[]): Promise<void> {
    this.#stage = 'opened'
    await this.#departure.answer(calls)
  }

  /** Hands the state to the new version, which migrates it. Messages follow in the same breath unless it holds. */
  async transfer(): Promise<void> {
    const { handedOver } = this.#departure
    if (this.#stage === 'skipped' || handedOver === undefined || this.#new === undefined) return
    // What it is given now would be lost with it.
    if (this.#new.exit !== undefined) throw isolateExited(this.#new.exit, this.process.label)
    const { path, target, hold } = this.#options
    this.#stateBytes = sizeOf(handedOver) + this.#tables.bytes
    this.#messagesHeld = this.process.messages.size
    // Without hops nothing is awaited: a tick here would be a tick of the pause.
    const { bytes, attachments } =
      path.hops.length === 0 ? handedOver : await this.#pass(handedOver)
    const next = new Activation(this.#new, target, this.process)
    this.#next = next
    this.process.moveTo(next)
    this.#stage = 'entering'
    const restBytes = this.#stateBytes - this.#tables.bytes
    const verify = path.enter.by === 'codeChange' && !this.dryRun.proves(restBytes)
    const { id, label: name } = this.process
    const entered = next.enter({
      id,
      name,
      migration: path.enter,
      verify,
      hold,
      bytes,
      attachments,
    })
    if (!hold) this.process.deliverAhead()
    this.#entered = await this.#awaitEntered(entered, next)
    this.#stage = 'entered'
  }

  async #pass(payload: Payload): Promise<Payload> {
    const { path, hops } = this.#options
    const began = sharedNow()
    const passing = hops.pass(payload, path.hops)
    const passed = await this.#deadlines.codeChange(passing, 'pass through older code')
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

  /** Leaves the old isolate, which goes with the last of its processes. */
  async unload(): Promise<void> {
    if (this.#stage === 'skipped') {
      if (this.#new !== undefined) await releasePlace(this.#new, this.#options.exitGraceMs)
      return
    }
    await this.#departure.old?.deactivate(this.#options.exitGraceMs)
    this.#stage = 'unloaded'
  }

  /** Back to the old version with its own live state and its queue, at once. Resolves when the new thread has gone. */
  async undo(): Promise<void> {
    const stage = this.#stage
    if (stage === 'resumed' || stage === 'unloaded') return
    this.#stage = 'undone'
    this.#next?.cell.cancel()
    this.#tables.stop()
    this.#departure.goBack()
    if (this.#next === undefined) {
      if (this.#new !== undefined) await releasePlace(this.#new, this.#options.exitGraceMs)
    } else if (stage === 'entering' && this.#next.isolate.slots.occupied === 1) {
      // A codeChange that never returns would not hear that it should leave.
      await this.#next.isolate.kill()
    } else {
      await this.#next.deactivate(this.#options.exitGraceMs)
    }
  }

  /** How the new thread ended, should it have died before it was needed. */
  get lostThread(): ThreadExit | undefined {
    return this.#stage === 'skipped' ? undefined : this.#new?.exit
  }

  /** The place that the process has left, or was asked to. */
  get oldActivation(): Activation | undefined {
    return this.#departure.old
  }

  /** Undefined for a process that stopped before it was suspended. */
  report(): ProcessReport | undefined {
    const { handedOver, old, requestedAt } = this.#departure
    if (!handedOver || !this.#entered || !old) return undefined
    const { contract, image } = old.version
    const times = {
      requestedAt,
      ...handedOver,
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
      ...this.#tables.report(handedOver),
      messagesHeld: this.#messagesHeld,
      mailboxAudit: this.#audit ?? noMessages,
      oldThread: old.exit,
    }
  }

  async #awaitEntered(entered: Promise<EnteredState>, next: Activation): Promise<EnteredState> {
    try {
      return await this.#deadlines.codeChange(entered, 'end codeChange')
    } catch (error) {
      // Whoever swaps the cell first decides: here main, or the new version that was ready just now.
      if (!this.#deadlines.isGivenUp(error) || next.cell.cancel()) throw error
      return await entered
    }
  }
}
