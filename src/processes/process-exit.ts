import type { MoultError } from '../protocol/errors.ts'

/**
 * Why a process has ended.
 *
 * - `normal`: it was stopped by `ref.stop()`, and had ended what it was given the time for.
 * - `shutdown`: it ended with what it belongs to: its runtime, its code, its version, its supervisor or its group.
 * - `killed`: a stop did not end in its time, so that something was given up.
 * - `crashed`: its thread died, and it is not restarted.
 * - `restart-limit`: it died too often.
 * - `init-failed`: it never began, for `init` failed or its version could not be loaded.
 */
export type ExitReason =
  'normal' | 'shutdown' | 'killed' | 'crashed' | 'restart-limit' | 'init-failed'

/** The end of a process. */
export interface ProcessExit {
  /** Its name, or the id of a process that has none. */
  readonly process: string
  readonly reason: ExitReason
  /** What it died of. Absent where it was asked to stop. */
  readonly error?: MoultError
}
