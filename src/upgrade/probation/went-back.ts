import type { ProcessWentBack, UpgradeObserver } from '../plan/upgrade-observer.ts'

/** What a roll back was, in figures of all processes. */
export interface WentBackFigures {
  /** How many answered messages were handled once more. */
  readonly replayed: number
  /** How many were not. */
  readonly lost: number
}

/** Tells of processes that have gone back, and adds their figures up. */
export function tellWentBack(
  back: readonly ProcessWentBack[],
  observer: Pick<UpgradeObserver, 'onWentBack'>,
): WentBackFigures {
  observer.onWentBack(back)
  let replayed = 0
  let lost = 0
  for (const each of back) {
    replayed += each.replayed
    lost += each.lost?.count ?? 0
  }
  return { replayed, lost }
}
