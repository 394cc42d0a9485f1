import type { ExitReason } from '../protocol/definition/process-down.ts'
import { isMoultError } from '../protocol/errors.ts'
import type { MoultError } from '../protocol/errors.ts'

/** Why a process has ended that died of this, and is not restarted. */
export function reasonOfDeath(error: unknown): 'linked' | 'crashed' {
  return isMoultError(error, 'LINKED_EXIT') ? 'linked' : 'crashed'
}

/** The end of a process. */
export interface ProcessExit {
  /** Its name, or the id of a process that has none. */
  readonly process: string
  readonly reason: ExitReason
  /** What it died of. Absent where it was asked to stop. */
  readonly error?: MoultError
}
