import { isolateExited } from '../../isolates/isolate-exited.ts'
import type { Placement } from '../../versions/placement.ts'
import type { Loader } from '../../versions/loader.ts'
import type { OpenCalls } from '../../processes/open-calls.ts'
import { phaseError } from '../limits/phase-error.ts'
import type { HandOver } from '../hand-over/hand-over.ts'
import type { PauseBudget, PauseEstimate } from '../report/pause-budget.ts'
import { noTimes } from '../plan/phases.ts'
import type { Phase } from '../plan/phases.ts'
import type { Plan } from '../plan/plan.ts'
import { suspendAll } from './suspend-all.ts'
import type { Direction } from '../plan/migration-path.ts'
import type { Sandboxes } from '../dry-run/sandboxes.ts'
import type { Hops } from '../plan/hops.ts'

/**
 * Called and awaited before each phase begins. What it throws fails the phase, except at `unload`, where nothing can fail any more.
 * For tests that stop an upgrade at every point; with one, even a single process waits for `resume` before it serves.
 */
export type FaultPoint = (phase: Phase, direction: Direction) => void | Promise<void>

/** A plan and all that is needed to carry it out. */
export interface Execution {
  readonly plan: Plan
  readonly handOvers: readonly HandOver[]
  /** Where copies are tried that could harm others in the new isolates. */
  readonly sandboxes: Sandboxes
  /** Isolates of versions that states pass through on their way. */
  readonly hops: Hops
  readonly loader: Loader
  /** Where the processes are to live. */
  readonly placement: Placement
  readonly budget: PauseBudget
  readonly openCalls: OpenCalls
  readonly signal: AbortSignal
  /** Aborts the signal: what the others still wait for is not needed any more. */
  readonly abandon: (reason: unknown) => void
  readonly reach: ((phase: Phase) => void | Promise<void>) | undefined
}

/**
 * Carries a plan out, phase by phase for all processes together. Whatever fails before a process serves in the new version
 * puts every process back to its old one; then the promise rejects with the phase and the cause.
 * @returns how long each phase took, in ms.
 */
export async function execute(execution: Execution): Promise<Record<Phase, number>> {
  const durations = noTimes()
  for (const phase of execution.plan.phases) {
    const began = performance.now()
    try {
      await enterPhase(phase, execution)
      await settleAll(runPhase(phase, execution), execution.abandon)
      // What can be known of the pause is known now.
      if (phase === 'copy' && execution.budget.isLimited)
        execution.budget.check(estimatesOf(execution))
    } catch (error) {
      if (canRollBack(phase, execution.plan)) await rollBackAll(execution)
      throw phaseError(phase, error)
    }
    durations[phase] = performance.now() - began
  }
  return durations
}

function estimatesOf({ handOvers }: Execution): PauseEstimate[] {
  return handOvers.flatMap((each) => each.estimate() ?? [])
}

async function rollBackAll({ handOvers, hops }: Execution): Promise<void> {
  await Promise.all([...handOvers.map((each) => each.rollBack()), hops.leave()])
}

/** Whether the old version can still go on as if nothing had happened when `phase` begins. */
function canRollBack(phase: Phase, { hold }: Plan): boolean {
  return phase !== 'unload' && (phase !== 'resume' || hold)
}

async function enterPhase(phase: Phase, execution: Execution): Promise<void> {
  const { plan, reach, signal, handOvers } = execution
  try {
    // Without a fault point nothing is awaited: a tick here would be a tick of the pause.
    const reached = reach?.(phase)
    if (reached !== undefined) await reached
    signal.throwIfAborted()
    for (const { lostThread, culprit } of handOvers) {
      if (lostThread !== undefined) throw isolateExited(lostThread, culprit)
    }
  } catch (error) {
    // The new version serves already: there is nothing left that could be refused.
    if (canRollBack(phase, plan)) throw error
  }
}

/** What is to be waited for. */
function runPhase(phase: Phase, execution: Execution): readonly (Promise<void> | undefined)[] {
  const { handOvers, sandboxes, hops, loader, placement, openCalls, signal } = execution
  switch (phase) {
    case 'open':
      return [...handOvers.map((each) => each.open(placement)), hops.open(loader, signal)]
    case 'rehearse':
      return ofEach((each) => {
        if (!each.isAmongOthers) return each.rehearse()
        return sandboxes.try((isolate) => each.rehearse(isolate))
      })
    case 'audit':
      return ofEach((each) => each.audit())
    case 'copy':
      return ofEach((each) => each.copy())
    case 'suspend':
      return suspendAll(handOvers, openCalls, signal).map((work, at) => named(work, handOvers[at]))
    case 'transfer':
      return ofEach((each) => each.transfer())
    case 'resume':
      handOvers.forEach((each) => each.resume())
      return []
    case 'unload':
      return [...handOvers.map((each) => each.unload()), hops.leave()]
  }

  function ofEach(work: (handOver: HandOver) => Promise<void> | undefined) {
    return handOvers.map((each) => named(work(each), each))
  }

  function named(work: Promise<void> | undefined, handOver: HandOver | undefined) {
    return work?.catch((error: unknown) => {
      // What gives all of them up is not the fault of one.
      throw signal.aborted ? error : phaseError(phase, error, handOver?.culprit)
    })
  }
}

/** Waits for all, even when one has failed: undoing needs each to stand still. The first failure is what is told, and gives the others up. */
async function settleAll(
  work: readonly (Promise<void> | undefined)[],
  abandon: (reason: unknown) => void,
): Promise<void> {
  const failures: unknown[] = []
  const settled = work.flatMap((each) => {
    const caught = each?.catch((error: unknown) => {
      if (failures.push(error) === 1) abandon(error)
    })
    return caught ?? []
  })
  await Promise.all(settled)
  if (failures.length > 0) throw failures[0]
}
