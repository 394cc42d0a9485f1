import type { Loader } from '../../versions/loader.ts'
import { withDetails } from '../../protocol/errors.ts'
import { phaseError } from '../limits/phase-error.ts'
import type { Phase, Plan } from '../plan/plan.ts'
import type { Moved } from '../report/report.ts'
import { Roll } from './roll.ts'
import type { RollRequest } from './roll.ts'
import type { Trials } from '../dry-run/sandboxes.ts'
import type { Waypoints } from '../plan/hops.ts'

/** A rolling upgrade, and what it has to open first. */
export interface RollThroughRequest extends RollRequest {
  readonly plan: Plan
  readonly trials: Trials
  readonly loader: Loader
  readonly waypoints: Waypoints
}

/**
 * Opens what all processes need on their way, moves them, and lets it go. The whole roll counts as `transfer`.
 * @throws MoultError with the phase and the cause, and how many were `moved` and are `remaining`.
 */
export async function rollThrough(request: RollThroughRequest): Promise<Moved> {
  const { plan, loader, waypoints, signal } = request
  const began = performance.now()
  const trials = plan.phases.includes('rehearse') ? request.trials : undefined
  const roll = new Roll({ ...request, trials })
  let phase: Phase = 'open'
  try {
    await trials?.open()
    await waypoints.open(loader, signal)
    const opened = performance.now()
    phase = 'transfer'
    const rolled = await roll.run()
    const times = { open: opened - began, transfer: performance.now() - opened }
    const phases = { rehearse: 0, audit: 0, copy: 0, suspend: 0, resume: 0, unload: 0, ...times }
    return { ...rolled, phases }
  } catch (error) {
    const { moved } = roll
    throw withDetails(phaseError(phase, error), { moved, remaining: request.total - moved })
  } finally {
    await waypoints.leave()
  }
}
