import type { ThreadExit } from '../../isolates/thread.ts'
import type { VersionName } from '../../versions/version-name.ts'
import { noMessages, sumOfAudits } from '../audit/mailbox-audit.ts'
import type { MailboxAudit } from '../audit/mailbox-audit.ts'
import type { BudgetReport, PauseBudget } from './pause-budget.ts'
import type { PauseParts } from './pause.ts'
import type { Phase } from '../plan/phases.ts'
import type { Direction } from '../../protocol/wire/migration.ts'

/** What of a process's state was copied while the old version served. */
export interface CopyReport {
  /**
   * `'tables'`: tables went ahead, and the rest of the state in the pause. `'objects'`: the whole state went ahead, and
   * in the pause what had changed. `'whole'`: a large state went in the pause.
   */
  readonly way: 'tables' | 'objects' | 'whole'
  /** Why a large state went as a whole. */
  readonly why?: string
  /** Records that were sent, or values of objects, repeats of changed ones included. */
  readonly records: number
  readonly bytes: number
  /** How many rounds of changes were sent, the first included. */
  readonly rounds: number
  /** Records, or values of objects, left for the pause. */
  readonly recordsLeft: number
}

/** How one process was upgraded. */
export interface ProcessReport {
  readonly id: string
  readonly name: string
  readonly from: VersionName
  /** From the last message handled by the old version to the new one being ready for the next, in ms. */
  readonly pauseMs: number
  readonly parts: PauseParts
  /**
   * How long (ms) messages were held up, as a client feels it: from the stop of dispatch to the new version being ready,
   * and each attempt before that came to nothing. Where one is handled at a time, from the end of the running handler.
   */
  readonly stoodStillMs: number
  /** Size of the old state in structured-clone bytes, what was copied ahead included. */
  readonly stateBytes: number
  /** How often `codeChange` ran on a copy of the state before: see `rehearse`. */
  readonly dryRuns: number
  /** Absent where nothing was to be copied ahead: the state was small. */
  readonly copied?: CopyReport
  /** Accepted messages that were not handled when the state was handed over. */
  readonly messagesHeld: number
  readonly mailboxAudit: MailboxAudit
  /** The old thread, which has exited. Undefined only while it hosts other processes. */
  oldThread: ThreadExit | undefined
}

/** Memory and threads at one moment, in bytes. */
export interface MemoryReport {
  readonly rss: number
  readonly heapUsed: number
  readonly external: number
  readonly arrayBuffers: number
  /** Live isolates. A spare that the upgrade took is replaced later. */
  readonly isolates: number
}

/** The report of an upgrade or downgrade. All times are in ms. */
export interface UpgradeReport {
  /** The same in all events of the upgrade. */
  readonly id: string
  readonly codeName: string
  readonly direction: Direction
  /** The version that new processes got before. */
  readonly from: VersionName
  readonly to: VersionName
  /** The processes that were moved. */
  readonly processes: readonly ProcessReport[]
  /** Names of pinned processes, which kept their version. */
  readonly pinned: readonly string[]
  /**
   * Names of processes that a rolling upgrade skipped because their handlers did not end in time (`blocked: 'skip'`).
   */
  readonly blocked: readonly string[]
  /** The longest pause of a process; 0 without processes. */
  readonly pauseMs: number
  /** Bytes of state that were handed over. */
  readonly stateBytes: number
  /** How the pause compares with `maxPauseMs`; absent without that option. */
  readonly budget?: BudgetReport
  readonly messagesHeld: number
  /** How the messages that waited before the suspend fitted the new version; of all processes. */
  readonly mailboxAudit: MailboxAudit
  /**
   * Where the time went. In a rolling upgrade processes are in several phases at once: each moment is divided among
   * them, and a rest between two groups is in none.
   */
  readonly phases: Readonly<Record<'bundle' | 'load' | 'typecheck' | Phase, number>>
  readonly totalMs: number
  readonly memory: { readonly before: MemoryReport; readonly after: MemoryReport }
}

/** The result of carrying an upgrade out. */
export interface Moved {
  readonly reports: readonly ProcessReport[]
  readonly blocked: readonly string[]
  readonly phases: Readonly<Record<Phase, number>>
}

/** The report of an upgrade that was carried out. */
export function reportOf(
  named: Pick<UpgradeReport, 'id' | 'codeName' | 'direction'>,
  { reports, blocked }: Moved,
  budget: PauseBudget,
  rest: Pick<UpgradeReport, 'from' | 'to' | 'pinned' | 'phases' | 'totalMs' | 'memory'>,
): UpgradeReport {
  let pauseMs = 0
  let stoodStillMs = 0
  let stateBytes = 0
  let messagesHeld = 0
  const audits: MailboxAudit[] = []
  for (const report of reports) {
    pauseMs = Math.max(pauseMs, report.pauseMs)
    stoodStillMs = Math.max(stoodStillMs, report.stoodStillMs)
    stateBytes += report.stateBytes
    messagesHeld += report.messagesHeld
    if (report.mailboxAudit !== noMessages) audits.push(report.mailboxAudit)
  }
  return {
    ...named,
    processes: reports,
    blocked,
    pauseMs,
    ...budget.report(stoodStillMs),
    stateBytes,
    messagesHeld,
    mailboxAudit: sumOfAudits(audits),
    ...rest,
  }
}
