import { withDeadline } from '../../timing/deadline.ts'
import type { Isolate } from '../../isolates/isolate.ts'
import type { Process } from '../../processes/process.ts'
import { Activation } from '../../processes/activation.ts'
import { sharedNow } from '../../protocol/clock.ts'
import { entryAt } from '../../protocol/wire/entries.ts'
import type { Entries } from '../../protocol/wire/entries.ts'
import { present } from '../../protocol/bytes/joined-bytes.ts'
import type { JoinedBytes } from '../../protocol/bytes/joined-bytes.ts'
import type { EntryTimes } from '../../protocol/wire/migration.ts'
import { CellState } from '../../protocol/wire/progress.ts'
import { decodeError } from '../../protocol/wire/thrown.ts'
import { phaseError } from '../limits/phase-error.ts'
import type { HandOverOptions } from '../limits/hand-over-options.ts'
import { noMessages } from '../audit/mailbox-audit.ts'
import { BATCH_DEADLINE_MS, codeChangeLate } from '../limits/deadlines.ts'
import { pauseOf } from '../report/pause.ts'
import { phasesBefore } from '../plan/phases.ts'
import type { Phase } from '../plan/phases.ts'
import { nameOf } from '../../versions/version-name.ts'
import type { ProcessReport } from '../report/report.ts'
import type { DryRun } from '../dry-run/dry-run.ts'

/** What processes move together with. */
export interface JointRequest {
  /** Processes that {@link mayGoJointly}, and have the same options. */
  readonly sandboxes: readonly DryRun[]
  readonly options: HandOverOptions
  /** Where they live. */
  readonly from: Isolate
  /** Where they will live. */
  readonly to: Isolate
  readonly reach: ((phase: Phase) => void | Promise<void>) | undefined
}

/** A process that has been asked to stop, and how far it has come. */
interface Member {
  readonly process: Process
  readonly old: Activation
  /** Its state has been given up. */
  left?: { readonly stateBytes: number; readonly stoppedAt: number; readonly serialiseMs: number }
  /** Where its state has been sent. */
  next?: Activation
  /** What its cell there says has been started as long as nothing has been. */
  untouched?: number
  messagesHeld: number
  /** It serves there. */
  report?: ProcessReport
}

/**
 * Moves processes of one isolate that are idle to another one in two requests for all of them: on its own each would be a dozen waits.
 * Whoever cannot leave so stays where it is, as if it had not been asked, because a handler runs or its state is large: it is for
 * a `HandOver` of its own to move it. Whoever cannot enter goes back, and that ends the upgrade.
 */
export class JointHandOver {
  readonly #request: JointRequest
  #members: readonly Member[] = []
  #requestedAt = 0
  #failure: Error | undefined

  constructor(request: JointRequest) {
    this.#request = request
  }

  /** Who serves in the new place: what there is to report, and the place that it has left. */
  get moved(): { readonly report: ProcessReport; readonly oldActivation: Activation }[] {
    return this.#members.flatMap(({ report, old }) =>
      report ? { report, oldActivation: old } : [],
    )
  }

  /** Who stays where it was. */
  get left(): DryRun[] {
    const moved = new Set(this.#members.flatMap(({ report, process }) => (report ? process : [])))
    return this.#request.sandboxes.filter(({ process }) => !moved.has(process))
  }

  /** What ended it: then nobody is to be moved on its own. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Moves whoever can go so. */
  async run(): Promise<void> {
    try {
      await this.#move()
    } catch (error) {
      this.#failure ??= phaseError('transfer', error)
    }
    await Promise.all(this.#members.map((member) => this.#unlessMoved(member)))
  }

  async #move(): Promise<void> {
    await this.#reach(...phasesBefore('transfer'))
    const states = await this.#suspend()
    await this.#reach('transfer')
    const leaving = this.#members.filter(({ left }) => left !== undefined)
    if (states === undefined || leaving.length === 0) return
    const entries = await this.#enter(leaving, states)
    await this.#reach('resume')
    leaving.forEach((member, at) => this.#resume(member, entries[at]))
  }

  async #reach(...phases: readonly Phase[]): Promise<void> {
    const { reach, sandboxes } = this.#request
    if (reach === undefined) return
    for (const phase of phases) {
      for (const { process } of sandboxes) {
        try {
          await reach(phase)
        } catch (error) {
          throw phaseError(phase, error, process.label)
        }
      }
    }
  }

  /** Undefined where the isolate is too busy, or has gone: each hears why on its own. */
  async #suspend(): Promise<JoinedBytes | undefined> {
    const { sandboxes, options, from } = this.#request
    const going = sandboxes.filter(
      (dryRun) => mayGoJointly(dryRun) && dryRun.place?.isolate === from,
    )
    this.#requestedAt = sharedNow()
    this.#members = going.map(({ process }) => ({
      process,
      old: process.suspend(),
      messagesHeld: 0,
    }))
    const slots = this.#members.map(({ old }) => old.slot)
    const attempts = this.#members.map(({ old }) => old.requestSuspend())
    const timeoutMs = Math.min(options.suspendTimeoutMs, BATCH_DEADLINE_MS)
    const { signal } = options
    const asked = from.requests.suspendAll(slots, attempts)
    const given = await withDeadline(asked, { timeoutMs, signal }).catch(() => undefined)
    if (given === undefined) return undefined
    this.#members.forEach((member, at) => {
      const stateBytes = given.states.lengths[at] ?? -1
      const [stoppedAt = 0, serialiseMs = 0] = [given.stoppedAt[at], given.serialiseMs[at]]
      if (stateBytes >= 0) member.left = { stateBytes, stoppedAt, serialiseMs }
    })
    return present(given.states)
  }

  async #enter(
    leaving: readonly Member[],
    states: JoinedBytes,
  ): Promise<(EntryTimes | undefined)[]> {
    const { options, to } = this.#request
    const { signal, target, path, hold } = options
    signal.throwIfAborted()
    to.slots.reserve(leaving.length)
    const slots = leaving.map((member) => {
      member.messagesHeld = member.process.messages.size
      member.next = new Activation(to, target, member.process)
      member.process.moveTo(member.next)
      member.untouched = member.next.cell.started
      return member.next.slot
    })
    const entered = to.requests.enterAll({
      slots,
      ids: leaving.map(({ process }) => process.id),
      names: leaving.map(({ process }) => process.label),
      migration: path.enter,
      verify: path.enter.by === 'codeChange',
      hold,
      states,
    })
    // What has come meanwhile follows in the same breath.
    if (!hold) for (const { process } of leaving) process.deliverAhead()
    return this.#awaitEntered(entered, leaving)
  }

  async #awaitEntered(
    entered: Promise<Entries>,
    leaving: readonly Member[],
  ): Promise<(EntryTimes | undefined)[]> {
    const { options } = this.#request
    const { signal, codeChangeTimeoutMs: timeoutMs } = options
    const late = (): Error => codeChangeLate(firstEntering(leaving), 'end codeChange', options)
    try {
      const entries = await withDeadline(entered, { timeoutMs, late, signal })
      this.#refuse(entries, leaving)
      return leaving.map((_member, at) => entryAt(entries, at))
    } catch (error) {
      this.#failure = phaseError('transfer', error, this.#culprit(leaving))
      return this.#cancel(leaving)
    }
  }

  /** What fails here is not tried again: it may have had effects. */
  #refuse({ failures }: Entries, leaving: readonly Member[]): void {
    const [first] = failures
    if (first === undefined) return
    const [at, error] = first
    this.#failure = phaseError('transfer', decodeError(error), leaving[at]?.process.label)
  }

  #culprit(leaving: readonly Member[]): string | undefined {
    // What gives all of them up is not the fault of one.
    return this.#request.options.signal.aborted ? undefined : firstEntering(leaving)
  }

  /** Whoever swaps a cell first decides: here main, or a process that was ready just now and serves. */
  async #cancel(leaving: readonly Member[]): Promise<(EntryTimes | undefined)[]> {
    const { options, to } = this.#request
    const isIn = leaving.map(({ next }) => next?.cell.cancel() === false)
    if (!isIn.includes(true)) return []
    // Where one that entered behind them or a handler holds the thread, which of them have handled something is sure only when it has gone.
    const goesOn = await to.endIfHeld(options.exitGraceMs)
    const unknown = { readyAt: sharedNow(), deserialiseMs: 0, codeChangeMs: 0, verifyMs: 0 }
    return leaving.map((member, at) => {
      return isIn[at] === true && (goesOn || hasHandled(member)) ? unknown : undefined
    })
  }

  #resume(member: Member, times: EntryTimes | undefined): void {
    const { process, old, next, left, messagesHeld } = member
    if (times === undefined || next === undefined || left === undefined) return
    if (this.#request.options.hold) next.release()
    process.settle(next)
    const { stateBytes, ...leftAt } = left
    const { readyAt: resumedAt } = times
    const moments = { requestedAt: this.#requestedAt, ...leftAt, passMs: 0, ...times, resumedAt }
    member.report = {
      id: process.id,
      name: process.label,
      from: nameOf(old.version),
      ...pauseOf(moments),
      stateBytes,
      messagesHeld,
      mailboxAudit: noMessages,
      oldThread: old.exit,
    }
  }

  /** Back to where it was, with its own live state and its queue. */
  async #unlessMoved({ process, old, next, report }: Member): Promise<void> {
    if (report !== undefined) return
    next?.cell.cancel()
    process.moveBack(old)
    await next?.deactivate(this.#request.options.exitGraceMs)
  }
}

/** Whether nothing is known for which a process would have to move on its own: what waits for it has to be audited, tables go ahead… */
export function mayGoJointly({ place, path, options, process }: DryRun): boolean {
  if (place === undefined || path.leave.by === 'downgrade') return false
  const isPlain = !place.wantsUpgrade && !place.isolate.mayHaveTables
  return isPlain && options.maxPauseMs === Infinity && process.messages.size === 0
}

/** Whether a handler has begun in the new place. Whoever has none there goes back with nothing lost, should the thread have gone. */
function hasHandled({ next, untouched }: Member): boolean {
  return next !== undefined && next.cell.started !== untouched
}

/** They enter in order: this one is at it, if any is. */
function firstEntering(leaving: readonly Member[]): string {
  const entering = leaving.find(({ next }) => next?.cell.state === CellState.Entering)
  return (entering ?? leaving[0])?.process.label ?? ''
}
