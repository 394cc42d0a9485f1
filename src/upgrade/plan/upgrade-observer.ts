import type { LostMessages } from '../../processes/replays.ts'
import type { VersionName } from '../../versions/version-name.ts'
import type { Phase } from './phases.ts'

/** A phase of an upgrade as it is told: making and loading the image, the proof of types, and those of the plan. */
export type ToldPhase = 'load' | 'typecheck' | Phase

/** How far a rolling upgrade has come. */
export interface RollProgress {
  readonly moved: number
  readonly total: number
  /** Names of processes that were skipped because their handlers did not end in time. */
  readonly blocked: readonly string[]
}

/** A process that has gone back to the version before, and what became of the messages since the swap. */
export interface ProcessWentBack {
  /** Its name, or the id of one that has none. */
  readonly process: string
  /** How many messages had been answered and are handled once more. */
  readonly replayed: number
  /** Those that had been answered, and that the state is without. Absent where there are none. */
  readonly lost?: LostMessages
}

/** Is told of an upgrade while it is under way. */
export interface UpgradeObserver {
  /** A phase has begun; in a rolling upgrade for the first group. */
  onPhase(phase: ToldPhase): void
  /** It is known which version they go to, and how many processes. */
  onPlanned(to: VersionName, processes: number): void
  /** Processes have gone back to the version before, since the new one went wrong on probation. */
  onWentBack(processes: readonly ProcessWentBack[]): void
  /** A group of a rolling upgrade has been moved. */
  onProgress(progress: RollProgress): void
}
