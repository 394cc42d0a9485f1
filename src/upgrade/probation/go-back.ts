import { reachBoundary } from '../../processes/boundary.ts'
import { hasEnded } from '../../processes/lifecycle.ts'
import type { WayBack } from '../../processes/replays.ts'
import { fulfilsWithin } from '../../timing/deadline.ts'
import type { ProcessWentBack } from '../plan/upgrade-observer.ts'
import type { HandedOver } from './handed-over.ts'

/**
 * Takes a process back to the activation that it has left, and that has stood still since. Undefined where it has ended,
 * or has lost the state that it had in the new one by the death of another process.
 */
export async function goBack(
  member: HandedOver,
  way: Omit<WayBack, 'version'>,
  graceMs: number,
): Promise<ProcessWentBack | undefined> {
  const { process, old, next, timers } = member
  if (old === undefined || next === undefined || process.activation !== next) return undefined
  if (process.lifecycle === 'running') process.suspend()
  if (process.lifecycle !== 'suspended') return undefined
  // The replies to all that it has handled come first; what only one may have is closed before it is opened again.
  if (next.exit === undefined) {
    // Streams that are resumable stand still there, instead of ending.
    await fulfilsWithin(reachBoundary(next), graceMs)
    await next.deactivate(graceMs)
  }
  if (hasEnded(process)) return undefined
  member.entered = undefined
  const { replayed, lost } = process.goBack(old, { ...way, version: old.version, timers })
  return { process: process.label, replayed, ...(lost && { lost }) }
}
