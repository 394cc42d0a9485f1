import type { Isolate } from '../../isolates/isolate.ts'
import type { Process } from '../../processes/process.ts'
import type { HandOverOptions } from '../limits/hand-over-options.ts'
import { auditMailbox, checkAudit } from './mailbox-audit.ts'
import type { MailboxAudit } from './mailbox-audit.ts'
import type { Deadlines } from '../limits/deadlines.ts'

/**
 * Tries whether the new version can read the messages that wait for one process.
 * @throws MoultError `MAILBOX_REFUSED`, `CODE_CHANGE_TIMEOUT`
 */
export async function auditProcess(
  process: Process,
  isolate: Isolate,
  { path, target, allowRemoved }: HandOverOptions,
  deadlines: Deadlines,
): Promise<MailboxAudit> {
  const over = new AbortController()
  const audited = auditMailbox(process, target, isolate, over.signal)
  const inTime = deadlines.codeChangeIn([isolate], audited, 'end its mailbox audit')
  const audit = await inTime.finally(() => over.abort())
  const labels = { from: path.leave.from, to: path.enter.to }
  checkAudit(audit, allowRemoved, { process: process.label, ...labels })
  return audit
}
