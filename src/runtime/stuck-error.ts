import type { CodeLine } from '../code/code-line.ts'
import { foundAtWork } from '../processes/activity/at-work.ts'
import type { Diagnosis } from '../processes/activity/diagnosis.ts'
import { isMoultError, withDetails } from '../protocol/errors.ts'

/**
 * The error of an upgrade, with what it has found at work where a process did not stop in time. The process serves
 * meanwhile.
 */
export async function stuckError(
  error: unknown,
  line: CodeLine,
  diagnosis: Diagnosis,
): Promise<unknown> {
  if (!isMoultError(error, 'SUSPEND_TIMEOUT')) return error
  const process = [...line.processes].find(({ label }) => label === error.process)
  if (process === undefined) return error
  const activity = await diagnosis.why(process)
  const text = activity.text.slice(`${activity.process}: `.length)
  return withDetails(error, foundAtWork(activity), `${error.message}: ${text}`)
}
