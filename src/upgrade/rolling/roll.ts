import { setTimeout as wait } from 'node:timers/promises'
import { fulfilsWithin } from '../../timing/deadline.ts'
import type { Isolate } from '../../isolates/isolate.ts'
import { isMoultError } from '../../protocol/errors.ts'
import type { MoultError } from '../../protocol/errors.ts'
import { BatchSize } from './batch-size.ts'
import { Prefetch } from './prefetch.ts'
import { isLate } from '../limits/deadlines.ts'
import { phaseError } from '../limits/phase-error.ts'
import { groupedBy } from '../../protocol/grouped-by.ts'
import { HandOver } from '../hand-over/hand-over.ts'
import type { DryRun } from '../dry-run/dry-run.ts'
import type { Phase } from '../plan/phases.ts'
import type { Moved } from '../report/report.ts'
import { SharedTimes } from '../report/shared-times.ts'
import { MovedProcesses } from './moved-processes.ts'
import { Probations } from './probations.ts'
import { ToldProgress } from './told-progress.ts'
import type { RollRequest } from './roll-request.ts'

/** Parts of a group that go over side by side: while the isolates work on the one, main does its part of the other. */
const LANES = 2

/** What is done for one process in a phase. Undefined where there is nothing to wait for. */
interface Step {
  readonly phase: Phase
  readonly take: (roll: Roll, handOver: HandOver) => Promise<void> | undefined | void
}

/** What a rolling upgrade has done. */
export type Rolled = Pick<Moved, 'reports' | 'blocked'>

/**
 * Moves processes over a small group at a time, while the others are served. Each stands still only for its own
 * hand-over, and serves in the new version as soon as it is there. A failure or an abort stops it between two
 * processes: those that have been moved stay, the others go on as they were, and the same upgrade asked for again moves
 * the rest. Where the new version goes wrong on probation, those that are on it go back.
 */
export class Roll {
  static readonly #allSteps: readonly Step[] = [
    { phase: 'open', take: (roll, handOver) => handOver.open(roll.#request.placement) },
    { phase: 'rehearse', take: (roll, handOver) => roll.#rehearse(handOver) },
    { phase: 'audit', take: (_roll, handOver) => handOver.audit() },
    { phase: 'copy', take: (roll, handOver) => roll.#copy(handOver) },
    { phase: 'suspend', take: (_roll, handOver) => handOver.suspend() },
    { phase: 'transfer', take: (_roll, handOver) => handOver.transfer() },
    { phase: 'resume', take: (_roll, handOver) => handOver.resume() },
    { phase: 'probation', take: (roll, handOver) => roll.#probations.add(handOver) },
  ]

  /** Where the time goes. */
  readonly times: SharedTimes
  readonly #request: RollRequest
  readonly #steps: readonly Step[]
  readonly #lanes: number
  readonly #moved: MovedProcesses
  readonly #probations: Probations
  readonly #blocked: string[] = []
  /** What goes on beside the groups that follow: processes that are waited for, slots that are given up. */
  readonly #alongside = new Set<Promise<void>>()
  readonly #batchSize: BatchSize
  readonly #prefetch: Prefetch
  /** Whether nothing goes on any more but what is waited for. */
  #isWaiting = false
  readonly #progress: ToldProgress
  /**
   * Whether several are moved in one batch. Where nothing was tried before, their states may not be small: if they were
   * not, it is not tried again.
   */
  #movesBatches = true
  #taken = 0
  #failure: { readonly error: unknown } | undefined

  constructor(request: RollRequest) {
    this.#request = request
    this.#steps = request.isOnProbation ? Roll.#allSteps : Roll.#allSteps.slice(0, -1)
    const { dryRunOf, total, options, sandboxes, exitGraceMs, budget, observer } = request
    this.times = new SharedTimes((phase) => observer.onPhase(phase))
    this.#progress = new ToldProgress(observer)
    this.#moved = new MovedProcesses(exitGraceMs)
    this.#probations = new Probations(this.#moved, (error) => this.#fail(error))
    // The budget is for one pause: side by side each would wait for the codeChange of those before it.
    const groupSize = budget.isLimited ? 1 : options.groupSize
    this.#lanes = Math.min(groupSize ?? LANES, LANES)
    this.#batchSize = new BatchSize(groupSize && Math.floor(groupSize / this.#lanes))
    this.#prefetch = new Prefetch(dryRunOf, total, this.#batchSize.most, sandboxes)
  }

  /** @throws MoultError with the phase and the cause. */
  async run(): Promise<Rolled> {
    // The others follow when the first have passed.
    if (this.#request.isOnProbation && (await this.#runGroup())) await this.#probations.settled()
    await Promise.all(Array.from({ length: this.#lanes }, () => this.#runLane()))
    this.#isWaiting = true
    if (this.#failure !== undefined) this.#request.abandon(this.#failure.error)
    await Promise.all(this.#alongside)
    await this.#endProbations()
    this.#tell()
    if (this.#failure !== undefined)
      throw this.#probations.tell(this.#failure.error, this.#request.observer)
    this.times.begin('unload')
    await this.#moved.waitUntilLeft()
    this.times.end('unload')
    return { reports: this.#moved.reports, blocked: this.#blocked }
  }

  async #endProbations(): Promise<void> {
    if (!this.#request.isOnProbation) return
    this.times.begin('probation')
    // What has failed for another reason is no fault of those that have been moved.
    if (this.#failure !== undefined) this.#probations.end()
    await this.#probations.settled()
    this.times.end('probation')
  }

  /** One small group after the other. */
  async #runLane(): Promise<void> {
    while (await this.#runGroup());
  }

  /** @returns whether another may follow. */
  async #runGroup(): Promise<boolean> {
    const { options, total, signal } = this.#request
    if (this.#taken >= total || !this.#mayGoOn()) return false
    const group = await this.#takeGroup()
    if (group.length === 0 || !this.#mayGoOn()) return false
    this.#taken += group.length
    await this.#moveGroup(group)
    this.#tell()
    if (options.throttleMs > 0 && this.#taken < total) {
      await wait(options.throttleMs, undefined, { signal }).catch(() => undefined)
    }
    return true
  }

  /** Empty where there is none, or none can be tried. */
  async #takeGroup(): Promise<readonly DryRun[]> {
    this.times.begin('rehearse')
    try {
      return await this.#prefetch.take(this.#batchSize.size)
    } catch (error) {
      this.#fail(phaseError('rehearse', error))
      return []
    } finally {
      this.times.end('rehearse')
    }
  }

  #mayGoOn(): boolean {
    const { signal } = this.#request
    if (signal.aborted) this.#fail(phaseError('suspend', signal.reason))
    return this.#failure === undefined
  }

  async #moveGroup(group: readonly DryRun[]): Promise<void> {
    const neighbours = groupedBy(group, ({ process }) => process.activation?.isolate)
    const moving = Array.from(neighbours, (each) => this.#moveNeighbours(...each))
    const moved = Promise.all(moving).then(() => undefined)
    const { blocked, suspendTimeoutMs } = this.#request.options
    if (blocked !== 'wait') return moved
    // A process that is not ready in time is waited for beside those that follow.
    if (!(await fulfilsWithin(moved, suspendTimeoutMs))) this.#goOnAlongside(moved)
  }

  /** Those of one isolate: in one batch those that can, each of the others alone. */
  async #moveNeighbours(from: Isolate | undefined, dryRuns: readonly DryRun[]): Promise<void> {
    const able: DryRun[] = []
    const alone: DryRun[] = []
    for (const each of dryRuns) {
      const mayShare = from !== undefined && this.#mayGoInBatch(each)
      if (mayShare) able.push(each)
      else alone.push(each)
    }
    if (alone.length > 0) this.#batchSize.shrink()
    await Promise.all([this.#move(able), ...alone.map((each) => this.#move([each]))])
  }

  #mayGoInBatch(dryRun: DryRun): boolean {
    const { isSmall, isSampled } = dryRun
    const isTried = this.#request.sandboxes === undefined || isSmall || !isSampled
    return this.#movesBatches && isTried && dryRun.mayGoInBatch
  }

  /** Moves a batch; those of several that could not go so go alone. */
  async #move([first, ...others]: readonly DryRun[]): Promise<void> {
    if (first === undefined) return
    const handOver = new HandOver(first, others)
    const isMoved = await this.#carryOut(handOver)
    // Those that are on probation are added when they have passed.
    if (handOver.onProbation === undefined)
      for (const each of handOver.reports) this.#moved.add(each)
    this.#batchSize.note(handOver.members)
    if (isMoved && handOver.left.length > 0) await this.#moveLeft(handOver)
  }

  /** One alone has stopped meanwhile; those of a batch that could not go so go alone. */
  async #moveLeft(handOver: HandOver): Promise<void> {
    const { left, members } = handOver
    if (members.length === 1) {
      this.#goOnAlongside(handOver.release())
      return
    }
    this.#batchSize.shrink()
    const mayBeSmall = left.length < members.length || left.some(({ dryRun }) => dryRun.isSmall)
    if (!mayBeSmall) this.#movesBatches = false
    // Their isolate should not leave before those have come that were not moved at first.
    if (this.#mayGoOn()) await Promise.all(left.map(({ dryRun }) => this.#move([dryRun])))
    await handOver.release()
  }

  /** Takes the steps of one hand-over. @returns false where it failed, and has been rolled back. */
  async #carryOut(handOver: HandOver): Promise<boolean> {
    let phase: Phase = 'open'
    let timed: Phase = phase
    this.times.begin(timed)
    try {
      for (const step of this.#steps) {
        phase = step.phase
        // That of all is told when the last has been moved.
        if (phase !== 'probation') this.times.change(timed, (timed = phase))
        const reached = this.#reach(phase, handOver)
        if (reached !== undefined) await reached
        // Each wait costs as much as a step that has nothing to do, a hundred thousand times.
        const done = step.take(this, handOver)
        if (done !== undefined) await done
      }
      return true
    } catch (error) {
      const isOwn = !this.#request.signal.aborted
      // The other lane should take no further group while this one is rolled back.
      this.#onFailure(handOver, phaseError(phase, error, isOwn ? handOver.culprit : undefined))
      const undone = handOver.rollBack()
      if (!isLate(error)) await undone
      return false
    } finally {
      this.times.end(timed)
    }
  }

  /** Once for each process. */
  #reach(phase: Phase, { members }: HandOver): Promise<void> | undefined {
    const { reach } = this.#request
    const reachAgain = async (before: Promise<void>): Promise<void> =>
      before.then(() => reach?.(phase))
    return reach && members.reduce(reachAgain, Promise.resolve())
  }

  #rehearse(handOver: HandOver): Promise<void> | undefined {
    const { sandboxes } = this.#request
    if (sandboxes === undefined || handOver.isTried) return undefined
    return sandboxes.try((isolate) => handOver.rehearse(isolate))
  }

  #copy(handOver: HandOver): Promise<void> | undefined {
    const copied = handOver.copy()
    if (copied !== undefined) return copied.then(() => this.#checkBudget(handOver))
    this.#checkBudget(handOver)
  }

  #checkBudget(handOver: HandOver): void {
    if (!this.#request.budget.isLimited) return
    const estimate = handOver.estimate()
    // No other waits for it: it stands still for its own hand-over only.
    if (estimate !== undefined)
      handOver.suspension.stalls.limit(this.#request.budget.check([estimate]))
  }

  #onFailure({ process }: HandOver, error: MoultError): void {
    const isBlocked = isMoultError(error, 'SUSPEND_TIMEOUT')
    if (isBlocked && this.#request.options.blocked === 'skip') {
      this.#blocked.push(process.label)
    } else {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return
    this.#failure = { error }
    // A process that is waited for would keep the failure untold, and the code locked.
    if (this.#isWaiting) this.#request.abandon(error)
  }

  #goOnAlongside(work: Promise<void>): void {
    const settled = work.catch((error: unknown) => this.#fail(error))
    this.#alongside.add(settled)
    void settled.then(() => this.#alongside.delete(settled))
  }

  #tell(): void {
    const moved = this.#moved.count + this.#probations.count
    this.#progress.tell({ moved, total: this.#request.total, blocked: this.#blocked })
  }

  get moved(): number {
    return this.#moved.count
  }
}
