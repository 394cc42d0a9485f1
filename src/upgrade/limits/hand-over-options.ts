import type { Version } from '../../versions/version.ts'
import type { MigrationPath } from '../plan/migration-path.ts'
import type { Hops } from '../plan/hops.ts'

/** How one process is to be moved. */
export interface HandOverOptions {
  readonly path: MigrationPath
  readonly hops: Hops
  readonly target: Version
  /** Whether to wait in the new isolate until {@link HandOver.resume}. */
  readonly hold: boolean
  readonly suspendTimeoutMs: number
  readonly codeChangeTimeoutMs: number
  /** How long the pause may be; Infinity where nobody has said. */
  readonly maxPauseMs: number
  /** Whether messages may be lost whose call or cast the target lacks. */
  readonly allowRemoved: boolean
  /** Aborted when the upgrade is to be given up. */
  readonly signal: AbortSignal
  readonly exitGraceMs: number
}
