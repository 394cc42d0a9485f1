import type { Activation } from '../../processes/activation.ts'
import { hasEnded } from '../../processes/lifecycle.ts'
import type { Process } from '../../processes/process.ts'
import type { EntryTimes } from '../../protocol/wire/migration.ts'
import { nameOf } from '../../versions/version-name.ts'
import { drained } from './drain.ts'
import { noMessages } from '../audit/mailbox-audit.ts'
import type { MailboxAudit } from '../audit/mailbox-audit.ts'
import type { DryRun } from '../dry-run/dry-run.ts'
import { pauseOf } from '../report/pause.ts'
import type { CopyReport, ProcessReport } from '../report/report.ts'

/** What a process has given up. */
export interface Exported {
  readonly stateBytes: number
  readonly stoppedAt: number
  readonly serialiseMs: number
}

/** One process of a batch, and how far it has come: each field is there once its step is done. */
export class Member {
  readonly process: Process
  readonly dryRun: DryRun
  /** The activation that it leaves: it has been asked to stop there. */
  old: Activation | undefined
  /** Since when messages that could be handled are held up. */
  standsSince = 0
  exported: Exported | undefined
  /** The activation that it enters: its state has been sent there. */
  next: Activation | undefined
  /** What the cell of {@link next} says has been started as long as nothing has. */
  untouched = 0
  /** Its state is in place, and was migrated in these times. */
  entered: EntryTimes | undefined
  messagesHeld = 0
  /** The timers of its process as it left, where it may go back. */
  timers: Process['timers']
  audit: MailboxAudit = noMessages

  constructor(dryRun: DryRun) {
    this.process = dryRun.process
    this.dryRun = dryRun
  }

  /** Whether a handler has begun in the new activation. */
  get hasHandled(): boolean {
    return this.next !== undefined && this.next.cell.started !== this.untouched
  }

  /** Goes on in the old activation with its own live state and its queue. */
  rollBack(): void {
    this.next?.cell.cancel()
    if (this.old !== undefined) this.process.rollBack(this.old)
  }
}

/** Those that can be moved now: one that is alone unless it has ended, of a batch such as may go in one. */
export function goingOf(members: readonly Member[], isAlone: boolean): Member[] {
  const going: Member[] = []
  for (const member of members) {
    const { process, dryRun } = member
    if (isAlone ? !hasEnded(process) : dryRun.mayGoInBatch) going.push(member)
  }
  return going
}

/** A member that serves in its new activation: what there is to tell, and the activation that it has left. */
export interface MovedMember {
  readonly report: ProcessReport
  readonly old: Activation
  /** Waits for handlers there that have let go of the state. Undefined where there are none. */
  readonly drained: (() => Promise<void> | undefined) | undefined
}

/** What one hand-over was, beside what its members say of themselves. */
export interface HandOverFigures {
  readonly requestedAt: number
  /** How long attempts to stop it have held messages up that came to nothing. */
  readonly stalledMs: number
  readonly passMs: number
  /** When processes that hold were let go; undefined where each served as soon as it was ready. */
  readonly releasedAt: number | undefined
  /** Undefined where nothing went ahead, and nothing was large. */
  readonly copied: CopyReport | undefined
}

/** The report of a member. Undefined for one that has not been moved. */
export function reportOf(member: Member, figures: HandOverFigures): ProcessReport | undefined {
  const { process, old, exported, entered, messagesHeld, audit } = member
  if (old === undefined || exported === undefined || entered === undefined) return undefined
  const { requestedAt, stalledMs, passMs, releasedAt = entered.readyAt, copied } = figures
  const { stateBytes, stoppedAt, serialiseMs } = exported
  const { deserialiseMs, codeChangeMs, verifyMs, openMs, readyAt } = entered
  // Field by field: spreads would take most of the time of a report, a hundred thousand times.
  const { pauseMs, parts } = pauseOf({
    requestedAt,
    stoppedAt,
    serialiseMs,
    passMs,
    deserialiseMs,
    codeChangeMs,
    verifyMs,
    openMs,
    readyAt,
    resumedAt: releasedAt,
  })
  const report: ProcessReport = {
    id: process.id,
    name: process.label,
    from: nameOf(old.version),
    pauseMs,
    parts,
    stoodStillMs: stalledMs + releasedAt - member.standsSince,
    stateBytes,
    dryRuns: member.dryRun.runs,
    messagesHeld,
    mailboxAudit: audit,
    oldThread: old.exit,
  }
  return copied === undefined ? report : { ...report, copied }
}

/** What there is to tell of those members that have been moved. */
export function movedOf(members: readonly Member[], figures: HandOverFigures): MovedMember[] {
  const moved: MovedMember[] = []
  for (const member of members) {
    const report = reportOf(member, figures)
    const { dryRun, old, process } = member
    if (report === undefined || old === undefined) continue
    const mayDrain = process.messages.letGo !== undefined
    const wait = mayDrain ? () => drained(process, old, dryRun.options) : undefined
    moved.push({ report, old, drained: wait })
  }
  return moved
}
