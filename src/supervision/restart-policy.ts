import type { Blame } from '../processes/blame.ts'
import type { RestartHistory, RestartPolicy } from '../processes/process-options.ts'

/** The longest time (ms) that a restart waits for another, or for a thread. */
const LONGEST_WAIT_MS = 60_000

/** The shortest time (ms) that one waits for a thread. */
const SHORTEST_WAIT_MS = 100

/** The decision on a process that died. */
export type RestartDecision =
  | { readonly action: 'restart'; readonly history: RestartHistory }
  /** To be decided again in so many ms. */
  | { readonly action: 'wait'; readonly ms: number }
  | { readonly action: 'give up' }

/**
 * Decides on one death at the time `now` (ms), given the restarts before. What another process did counts against that
 * one alone. Where it is not known who ended the thread, the same limit holds, but what is beyond it waits: no process
 * is stopped for what others may have done, and no thread is started over and over.
 */
export function decideRestart(
  { policy, maxRestarts, withinMs }: RestartPolicy,
  { own, unexplained }: RestartHistory,
  now: number,
  blame: Blame,
): RestartDecision {
  if (policy === 'temporary') return { action: 'give up' }
  const waitMs = Math.min(withinMs, LONGEST_WAIT_MS)
  const history = { own: recent(own, now, withinMs), unexplained: recent(unexplained, now, waitMs) }
  if (blame === "another's") return { action: 'restart', history }
  if (blame === 'own') {
    if (history.own.length >= maxRestarts) return { action: 'give up' }
    return { action: 'restart', history: { ...history, own: [...history.own, now] } }
  }
  const oldest = history.unexplained.at(-Math.max(1, maxRestarts))
  if (oldest !== undefined) return { action: 'wait', ms: oldest + waitMs - now }
  return { action: 'restart', history: { ...history, unexplained: [...history.unexplained, now] } }
}

/**
 * How long (ms) to wait between two tries to find a thread: as often as the policy would restart the process. A policy
 * without a span must not keep main at it.
 */
export function paceOf({ maxRestarts, withinMs }: Omit<RestartPolicy, 'policy'>): number {
  const pace = withinMs / Math.max(1, maxRestarts)
  return Math.round(Math.min(Math.max(pace, SHORTEST_WAIT_MS), LONGEST_WAIT_MS))
}

function recent(times: readonly number[], now: number, withinMs: number): readonly number[] {
  return times.filter((time) => now - time < withinMs)
}
