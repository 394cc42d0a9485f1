import { MoultError, isMoultError, withDetails } from '../../protocol/errors.ts'
import { reasonOf } from '../../protocol/reason.ts'

/** Any error as a MoultError that names the phase, and the process if it concerns one. */
export function phaseError(phase: string, error: unknown, process?: string): MoultError {
  const where = { phase, ...(process !== undefined && { process }) }
  if (isMoultError(error)) return withDetails(error, where)
  const message = `the upgrade failed at ${phase}: ${reasonOf(error)}`
  return new MoultError('UPGRADE_FAILED', message, { ...where, cause: error })
}
