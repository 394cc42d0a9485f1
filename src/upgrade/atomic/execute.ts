import { isolateExited } from '../../isolates/isolate-exited.ts'
import type { Placement } from '../../versions/placement.ts'
import type { Loader } from '../../versions/loader.ts'
import type { OpenCalls } from '../../processes/open-calls.ts'
import { isLate } from '../limits/deadlines.ts'
import { tellWentBack } from '../probation/went-back.ts'
import type { WentBackFigures } from '../probation/went-back.ts'
import { withDetails } from '../../protocol/errors.ts'
import { phaseError } from '../limits/phase-error.ts'
import type { HandOver } from '../hand-over/hand-over.ts'
import type { PauseBudget } from '../report/pause-budget.ts'
import { noTimes } from '../plan/phases.ts'
import type { Phase } from '../plan/phases.ts'
import type { UpgradeObserver } from '../plan/upgrade-observer.ts'
import type { Plan } from '../plan/plan.ts'
import { withDeadline } from '../../timing/deadline.ts'
import { suspendAll } from './suspend-all.ts'
import type { Direction } from '../../protocol/wire/migration.ts'
import type { Sandboxes } from '../dry-run/sandboxes.ts'
import type { Hops } from '../plan/hops.ts'

/**
 * Called and awaited before each phase begins. What it throws fails the phase, except at `unload`, where nothing can
 * fail any more. For tests that stop an upgrade at every point; with one, even a single process waits for `resume`
 * before it serves.
 */
export type FaultPoint = (phase: Phase, direction: Direction) => void | Promise<void>

/** Before dispatch stops, and before those that hold are let go: until then all that is asked of a thread tells of its end. */
const lastMoments: ReadonlySet<Phase> = new Set<Phase>(['suspend', 'resume'])

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
  readonly observer: Pick<UpgradeObserver, 'onPhase' | 'onWentBack'>
  readonly signal: AbortSignal
  /** Aborts the signal: what the others still wait for is not needed any more. */
  readonly abandon: (reason: unknown) => void
  readonly reach: ((phase: Phase) => void | Promise<void>) | undefined
}

/**
 * Carries a plan out, phase by phase for all processes together. Whatever fails before a process serves in the new
 * version, or on probation there, puts every process back to its old one; then the promise rejects with the phase and the cause. Where a deadline
 * has passed it rejects at once, and new threads that do not leave by themselves end behind it.
 * @returns how long each phase took, in ms.
 */
export async function execute(execution: Execution): Promise<Record<Phase, number>> {
  const { plan, reach, budget } = execution
  const durations = noTimes()
  for (const phase of plan.phases) {
    const began = performance.now()
    execution.observer.onPhase(phase)
    const undo = undoOf(phase, plan)
    const canRollBack = undo !== undefined
    try {
      // Without a fault point nothing is awaited: a tick here would be a tick of the pause.
      const reached = reach && reachPhase(reach, phase, canRollBack, execution.signal)
      if (reached !== undefined) await reached
      if (canRollBack && (reach !== undefined || lastMoments.has(phase))) checkGoesOn(execution)
      const works = begin(phase, execution)
      if (works.length > 0) await settleAll(works, phase, execution)
      if (phase === 'probation') passAll(execution)
      // What can be known of the pause is known now.
      if (phase === 'copy' && budget.isLimited) limitStalls(execution)
    } catch (error) {
      const undoing = undo?.(execution)
      const isAwaited = phase === 'probation' || !isLate(error)
      const undone = isAwaited ? await undoing : undefined
      throw withDetails(phaseError(phase, error), undone ?? {})
    }
    durations[phase] = performance.now() - began
  }
  return durations
}

/** Undefined where there is nothing to wait for. */
function reachPhase(
  reach: NonNullable<Execution['reach']>,
  phase: Phase,
  canRollBack: boolean,
  signal: AbortSignal,
): Promise<void> | undefined {
  const refuse = (error: unknown): void => {
    // The new version serves already: there is nothing left that could be refused.
    if (canRollBack) throw error
  }
  try {
    const reached = reach(phase)
    if (!(reached instanceof Promise)) return undefined
    // One that never settles holds up no close.
    return withDeadline(reached, { signal }).catch(refuse)
  } catch (error) {
    refuse(error)
    return undefined
  }
}

function checkGoesOn({ signal, handOvers }: Execution): void {
  signal.throwIfAborted()
  for (const each of handOvers) {
    const { lostThread } = each
    if (lostThread !== undefined) throw isolateExited(lostThread, each.culprit)
  }
}

/** @throws MoultError `PAUSE_TOO_LONG` */
function limitStalls({ handOvers, budget }: Execution): void {
  const leftMs = budget.check(handOvers.flatMap((each) => each.estimate() ?? []))
  // Of several each may be held up for itself, and all together.
  const shareMs = handOvers.length > 1 ? leftMs / 2 : leftMs
  for (const each of handOvers) each.suspension.stalls.limit(shareMs)
}

/** How to undo what has been done when a phase fails. Undefined where the new version serves for good. */
function undoOf(phase: Phase, { hold }: Plan) {
  if (phase === 'unload' || (phase === 'resume' && !hold)) return undefined
  return phase === 'probation' ? goBackAll : rollBackAll
}

async function rollBackAll({ handOvers }: Execution): Promise<undefined> {
  await Promise.all(handOvers.map((each) => each.rollBack()))
}

async function goBackAll({ handOvers, observer }: Execution): Promise<WentBackFigures> {
  const back = await Promise.all(
    handOvers.map(async (each) => (await each.onProbation?.goBack()) ?? []),
  )
  return tellWentBack(back.flat(), observer)
}

/** A part of a phase that has to be waited for, and the hand-over that a failure of it is about. */
interface Work {
  readonly done: Promise<unknown>
  readonly handOver?: HandOver
}

/** Begins a phase for all processes. */
function begin(phase: Phase, execution: Execution): Work[] {
  const { handOvers, hops, loader, placement, sandboxes, openCalls, signal } = execution
  const works: Work[] = []
  const waitsForOthers = phase === 'suspend' && handOvers.length > 1
  const suspends = waitsForOthers ? suspendAll(handOvers, openCalls, signal) : []
  for (const [at, handOver] of handOvers.entries()) {
    let done: Promise<void> | undefined
    if (phase === 'open') done = handOver.open(placement)
    else if (phase === 'rehearse') done = rehearse(handOver, sandboxes)
    else if (waitsForOthers) done = suspends[at]
    else if (phase === 'probation') done = onProbation(handOver, signal)
    else done = handOver[phase]()
    if (done !== undefined) works.push({ done, handOver })
  }
  const opening = phase === 'open' ? hops.open(loader, signal) : undefined
  if (opening !== undefined) works.push({ done: opening })
  return works
}

function onProbation(handOver: HandOver, signal: AbortSignal): Promise<void> | undefined {
  const passing = handOver.onProbation?.run()
  return passing && withDeadline(passing, { signal })
}

/** One that had passed may have gone wrong while others were judged. */
function passAll({ handOvers }: Execution): void {
  for (const { onProbation } of handOvers) if (onProbation?.failure) throw onProbation.failure
  for (const { onProbation } of handOvers) onProbation?.pass()
}

function rehearse(handOver: HandOver, sandboxes: Sandboxes): Promise<void> {
  if (handOver.isTried) return Promise.resolve()
  if (!handOver.isAmongOthers) return handOver.rehearse()
  return sandboxes.try((isolate) => handOver.rehearse(isolate))
}

/**
 * Waits for all, even when one has failed: undoing needs each to stand still. The first failure is what is told, and
 * gives the others up.
 */
async function settleAll(
  works: readonly Work[],
  phase: Phase,
  { signal, abandon }: Execution,
): Promise<void> {
  const failures: unknown[] = []
  const settled: Promise<unknown>[] = []
  for (const { done, handOver } of works) {
    const caught = done.catch((error: unknown) => {
      // What gives all of them up is not the fault of one.
      failures.push(signal.aborted ? error : phaseError(phase, error, handOver?.culprit))
      if (failures.length === 1) abandon(failures[0])
    })
    settled.push(caught)
  }
  await Promise.all(settled)
  if (failures.length > 0) throw failures[0]
}
