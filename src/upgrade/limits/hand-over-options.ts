import type { ProbationSettings } from '../../options/probation.ts'
import type { Version } from '../../versions/version.ts'
import type { MigrationPath } from '../plan/migration-path.ts'
import type { Hops } from '../plan/hops.ts'

/** Options for the move of one process. */
export interface HandOverOptions {
  readonly path: MigrationPath
  readonly hops: Hops
  readonly target: Version
  /** Whether large states are copied before the pause, or in it. */
  readonly copy: 'ahead' | 'whole'
  /** How long (ms) the dry run may go on where it is to make the code of the target fast. */
  readonly warmMs: number
  /** Whether to wait in the new isolate until {@link HandOver.resume}. */
  readonly hold: boolean
  readonly suspendTimeoutMs: number
  /** The longest time (ms) for which dispatch is stopped while the boundary is waited for. */
  readonly maxStallMs: number
  readonly codeChangeTimeoutMs: number
  /** The longest pause allowed (ms); Infinity without a limit. */
  readonly maxPauseMs: number
  /** Whether messages may fail because the target lacks their call or cast. */
  readonly allowRemoved: boolean
  /** How the new version is on probation; false where it is not. */
  readonly probation: ProbationSettings | false
  /** Aborted with the upgrade. */
  readonly signal: AbortSignal
  readonly exitGraceMs: number
  /** How long handlers that have let go of the state are waited for in the old isolate. */
  readonly drainTimeoutMs: number
  /** Aborted when a runtime that closes waits for them no longer. */
  readonly closing: AbortSignal
}
