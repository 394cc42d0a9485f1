import type { Placement } from '../../versions/placement.ts'
import type { Version } from '../../versions/version.ts'
import type { MakeDryRun } from '../dry-run/dry-run.ts'
import type { Sandboxes } from '../dry-run/sandboxes.ts'
import type { Phase } from '../plan/phases.ts'
import type { GroupSettings } from '../plan/request.ts'
import type { UpgradeObserver } from '../plan/upgrade-observer.ts'
import type { PauseBudget } from '../report/pause-budget.ts'

/** What a rolling upgrade is carried out with. */
export interface RollRequest {
  readonly dryRunOf: MakeDryRun
  readonly total: number
  readonly version: Version
  readonly placement: Placement
  readonly budget: PauseBudget
  /** Undefined where nothing is tried. */
  readonly sandboxes: Sandboxes | undefined
  readonly options: GroupSettings & { readonly suspendTimeoutMs: number }
  readonly signal: AbortSignal
  /** Aborts the signal: what is still waited for is not needed any more. */
  readonly abandon: (reason: unknown) => void
  readonly reach: ((phase: Phase) => void | Promise<void>) | undefined
  readonly observer: Pick<UpgradeObserver, 'onPhase' | 'onProgress' | 'onWentBack'>
  readonly isOnProbation: boolean
  readonly exitGraceMs: number
}
