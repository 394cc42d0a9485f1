import type { RestartPolicy } from '../processes/process-options.ts'

/** The decision on a process that died. */
export interface RestartDecision {
  readonly restart: boolean
  /** Times of the restarts that still count, the new one included. */
  readonly history: readonly number[]
}

/** Decides on one death at the time `now` (ms), given the times of the restarts before. */
export function decideRestart(
  { policy, maxRestarts, withinMs }: RestartPolicy,
  history: readonly number[],
  now: number,
): RestartDecision {
  const recent = history.filter((time) => now - time < withinMs)
  if (policy === 'temporary' || recent.length >= maxRestarts)
    return { restart: false, history: recent }
  return { restart: true, history: [...recent, now] }
}
