import type { ExitReason } from '../protocol/definition/process-down.ts'
import type { MoultError } from '../protocol/errors.ts'

/** The end of a process. */
export interface ProcessExit {
  /** Its name, or the id of a process that has none. */
  readonly process: string
  readonly reason: ExitReason
  /** What it died of. Absent where it was asked to stop. */
  readonly error?: MoultError
}
