import type { Isolate } from '../../isolates/isolate.ts'
import { withDeadline } from '../../timing/deadline.ts'
import type { Loader } from '../../versions/loader.ts'
import { releasePlaces } from '../../versions/placement.ts'
import { withDetails } from '../../protocol/errors.ts'
import { isLate } from '../limits/deadlines.ts'
import { phaseError } from '../limits/phase-error.ts'
import type { Phase } from '../plan/phases.ts'
import type { Plan } from '../plan/plan.ts'
import type { Moved } from '../report/report.ts'
import { Roll } from './roll.ts'
import type { RollRequest } from './roll-request.ts'
import type { Sandboxes } from '../dry-run/sandboxes.ts'
import type { Hops } from '../plan/hops.ts'

/** A rolling upgrade, and what it has to open first. */
export interface RollThroughRequest extends RollRequest {
  readonly plan: Plan
  readonly sandboxes: Sandboxes
  readonly loader: Loader
  readonly hops: Hops
}

/**
 * Opens what all processes need on their way, moves them, and lets it go.
 * @throws MoultError with the phase and the cause, and how many were `moved` and are `remaining`.
 */
export async function rollThrough(request: RollThroughRequest): Promise<Moved> {
  const { plan, loader, hops, signal, exitGraceMs } = request
  const sandboxes = plan.phases.includes('rehearse') ? request.sandboxes : undefined
  const roll = new Roll({ ...request, sandboxes })
  const { times } = roll
  let phase: Phase = 'open'
  let targets: readonly Isolate[] = []
  times.begin(phase)
  try {
    await sandboxes?.open()
    await hops.open(loader, signal)
    targets = await openTargets(request)
    times.end(phase)
    phase = 'transfer'
    const rolled = await roll.run()
    times.begin('unload')
    await releaseAll(targets, exitGraceMs)
    times.end('unload')
    return { ...rolled, phases: times.times }
  } catch (error) {
    const released = releaseAll(targets, exitGraceMs)
    if (!isLate(error)) await released
    const { moved } = roll
    throw withDetails(phaseError(phase, error), { moved, remaining: request.total - moved })
  }
}

async function releaseAll(targets: readonly Isolate[], graceMs: number): Promise<void> {
  await Promise.all(targets.map((each) => releasePlaces(each, 1, graceMs)))
}

/** Before the first group is moved: processes can be moved in a batch only to an isolate that is there. */
async function openTargets(request: RollThroughRequest): Promise<readonly Isolate[]> {
  const { placement, version, total, signal, exitGraceMs } = request
  const opening = placement.open(version, total, exitGraceMs)
  try {
    return await withDeadline(opening, { signal })
  } catch (error) {
    const release = (each: Isolate): Promise<void> => releasePlaces(each, 1, exitGraceMs)
    void opening.then((targets) => targets.map(release)).catch(() => undefined)
    throw error
  }
}
