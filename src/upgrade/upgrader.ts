import type { CodeLine } from '../code/code-line.ts'
import type { Loaded, Loader } from '../versions/loader.ts'
import type { Version } from '../versions/version.ts'
import type { IsolatePool } from '../isolates/isolate-pool.ts'
import type { OpenCalls } from '../processes/open-calls.ts'
import type { Process } from '../processes/process.ts'
import { rollingDefaults } from '../options/options.ts'
import { MoultError, isMoultError, withDetails } from '../protocol/errors.ts'
import { fulfilsWithin } from '../timing/deadline.ts'
import { abortUpgrade, forwardAbort } from './limits/abort.ts'
import { execute } from './atomic/execute.ts'
import { Claims } from './limits/claims.ts'
import { isLate } from './limits/deadlines.ts'
import { phaseError } from './limits/phase-error.ts'
import type { Execution, FaultPoint } from './atomic/execute.ts'
import { HandOver } from './hand-over/hand-over.ts'
import { dryRunMaker } from './dry-run/dry-run.ts'
import type { MakeDryRun } from './dry-run/dry-run.ts'
import { PauseBudget } from './report/pause-budget.ts'
import type { Plan } from './plan/plan.ts'
import { Preparation } from './prepare/preparation.ts'
import { reportOf } from './report/report.ts'
import { nameOf } from '../versions/version-name.ts'
import type { MemoryReport, Moved, ProcessReport, UpgradeReport } from './report/report.ts'
import type { UpgradeRequest } from './plan/request.ts'
import { rollThrough } from './rolling/roll-through.ts'
import type { MigrationPath } from './plan/migration-path.ts'
import { isRolling } from './plan/mode.ts'
import type { Direction } from '../protocol/wire/migration.ts'
import { passedOver } from './plan/selection.ts'
import { Sandbox } from './dry-run/sandbox.ts'
import { Sandboxes } from './dry-run/sandboxes.ts'
import type { TypeProof } from './prepare/type-proof.ts'
import { Hops } from './plan/hops.ts'

/** What processes are moved together with. */
type AtomicMeans = Pick<
  Execution,
  'plan' | 'sandboxes' | 'hops' | 'loader' | 'placement' | 'budget'
> & {
  readonly dryRunOf: MakeDryRun
}

/** The parts of an upgrader. */
export interface UpgraderParts {
  readonly loader: Loader
  readonly pool: IsolatePool
  readonly openCalls: OpenCalls
  readonly typeProof: TypeProof
  readonly exitGraceMs: number
  readonly faultPoint: FaultPoint | undefined
}

/** Moves processes to another version. */
export class Upgrader {
  readonly #loader: Loader
  readonly #pool: IsolatePool
  readonly #openCalls: OpenCalls
  readonly #preparation: Preparation
  readonly #exitGraceMs: number
  readonly #faultPoint: FaultPoint | undefined
  /** Processes that are moved alone. */
  readonly claims = new Claims()
  #isClosed = false
  readonly #closing = new AbortController()
  readonly #running = new Map<Promise<unknown>, AbortController>()

  constructor(parts: UpgraderParts) {
    const { loader, pool, openCalls, typeProof, exitGraceMs, faultPoint } = parts
    this.#loader = loader
    this.#pool = pool
    this.#openCalls = openCalls
    this.#preparation = new Preparation(loader, typeProof, exitGraceMs, faultPoint !== undefined)
    this.#exitGraceMs = exitGraceMs
    this.#faultPoint = faultPoint
  }

  /** Gives up what is under way where that is still possible. Waits so long (ms) for handlers that have let go. */
  async close(timeoutMs: number): Promise<void> {
    this.#isClosed = true
    for (const abort of this.#running.values()) abortUpgrade(abort, closedError())
    const ended = Promise.allSettled(this.#running.keys())
    await fulfilsWithin(ended, timeoutMs)
    this.#closing.abort(closedError())
    await ended
  }

  /** @throws MoultError that names the phase and has the reason as code or cause; then nothing has changed. */
  async upgrade(request: UpgradeRequest): Promise<UpgradeReport> {
    if (this.#isClosed) throw closedError()
    const { scope } = request
    // An upgrade of a whole code runs alone in its line: only those of single processes could meet.
    if (scope.kind === 'one') this.claims.take(scope.process)
    // A spare that is missing starts beside the bundling: later it would lengthen the pause.
    this.#pool.refill()
    const abort = new AbortController()
    const unlink = forwardAbort(request.settings.signal, abort)
    const upgrade = this.#prepareAndExecute(request, abort)
    this.#running.set(upgrade, abort)
    try {
      return await upgrade
    } finally {
      unlink()
      this.#running.delete(upgrade)
      if (scope.kind === 'one') this.claims.release(scope.process)
      this.#pool.refillLater()
    }
  }

  async #prepareAndExecute(
    request: UpgradeRequest,
    abort: AbortController,
  ): Promise<UpgradeReport> {
    const { signal } = abort
    const { id, line, scope, direction, observer } = request
    const began = performance.now()
    const before = this.#memory()
    const from = line.current
    observer.onPhase('load')
    const loaded = await this.#preparation.load(request, signal)
    const planned = await this.#preparation.plan(request, loaded, signal)
    const { plan, processes, releaseLabel } = planned
    observer.onPlanned(nameOf(loaded.version), processes.length)
    const refuse = (error: unknown): never => {
      // Processes that have been moved already keep the version.
      const hasMoved = isMoultError(error) && (error.moved ?? 0) > 0
      if (!hasMoved) releaseLabel()
      else if (scope.kind === 'whole' && scope.isRollBack !== true)
        line.stopHalfWay(loaded.version, direction)
      throw isMoultError(error) ? withFigures(error) : error
    }
    const typecheckMs = await this.#preparation
      .typecheck(request, plan, loaded, signal)
      .catch(refuse)
    const pinned = passedOver(scope, line, loaded.version)
    const budget = new PauseBudget(request.settings.maxPauseMs)
    const asked = { ...request, budget }
    const done = await this.#move(asked, plan, processes, loaded, abort).catch(refuse)
    if (scope.kind === 'whole') await this.#makeCurrent(request, loaded.version)
    if (scope.kind === 'half-way') line.endHalfWay(scope.halfWay)
    if (scope.kind === 'one' && done.reports.length === 0) {
      refuse(phaseError('suspend', scope.process.stoppedError()))
    }
    return reportOf({ id, codeName: line.name, direction }, done, budget, {
      from: nameOf(from),
      to: nameOf(loaded.version),
      pinned: pinned.map(({ label }) => label),
      phases: {
        ...done.phases,
        bundle: loaded.bundleMs,
        load: loaded.loadMs,
        typecheck: typecheckMs,
      },
      totalMs: performance.now() - began,
      memory: { before, after: this.#memory() },
    })
  }

  async #move(
    request: UpgradeRequest & { readonly budget: PauseBudget },
    plan: Plan,
    processes: readonly Process[],
    { version, isolate }: Loaded,
    abort: AbortController,
  ): Promise<Moved> {
    const { line, settings, budget } = request
    const hops = new Hops(versionsOn(plan.paths, line), this.#exitGraceMs)
    const isRolling = this.#isRolling(request)
    const common = {
      ...settings,
      // A process that is waited for has no deadline; the groups that follow do not wait with it.
      ...(isRolling && settings.blocked === 'wait' && { suspendTimeoutMs: Infinity }),
      // In a rolling upgrade no process waits for others: only a fault at `resume` has to find it undone.
      hold: isRolling ? this.#faultPoint !== undefined : plan.hold,
      target: version,
      warmMs: isRolling ? 0 : warmMsOf(request, processes.length),
      hops,
      signal: abort.signal,
      closing: this.#closing.signal,
      exitGraceMs: this.#exitGraceMs,
    }
    const sample = settings.rehearse === false ? undefined : settings.rehearse.sample
    const dryRunOf = dryRunMaker(processes, plan.paths, common, sample)
    const opened = { hops, loader: this.#loader, placement: line.placement }
    const makeSandbox = (): Sandbox => new Sandbox(this.#loader, version, this.#exitGraceMs)
    const sandboxes = new Sandboxes(makeSandbox, settings.codeChangeTimeoutMs)
    const means = { plan, ...opened, dryRunOf, sandboxes, budget }
    try {
      // The first process to be placed takes it; where there is none it waits for the next.
      if (isolate !== undefined) this.#loader.keep(version, isolate)
      const total = processes.length
      const moved = await (isRolling
        ? rollThrough({ ...means, ...this.#rolling(request), version, total, ...abandonBy(abort) })
        : this.#moveAtomically(request, means, total, abort))
      await Promise.all([sandboxes.leave(), hops.leave()])
      return moved
    } catch (error) {
      const discarded = isolate === undefined ? undefined : this.#loader.discard(version)
      const left = Promise.all([sandboxes.leave(), hops.leave(), discarded])
      if (!isLate(error)) await left
      throw error
    }
  }

  #isRolling({ scope, line, settings }: UpgradeRequest): boolean {
    return scope.kind !== 'one' && isRolling(settings, line.placement.isolates)
  }

  async #moveAtomically(
    { direction, observer }: UpgradeRequest,
    { dryRunOf, ...means }: AtomicMeans,
    total: number,
    abort: AbortController,
  ): Promise<Moved> {
    const handOvers = Array.from({ length: total }, (_none, at) => new HandOver(dryRunOf(at)))
    const reach = this.#reach(direction)
    const openCalls = this.#openCalls
    const asked = { openCalls, observer, ...abandonBy(abort), reach }
    const phases = await execute({ ...means, handOvers, ...asked })
    const reports: ProcessReport[] = []
    for (const handOver of handOvers)
      for (const { report } of handOver.reports) reports.push(report)
    return { reports, blocked: [], phases }
  }

  #rolling({ direction, settings, observer }: UpgradeRequest) {
    // What a watch or a process's own step asks for has not been through the schema of an upgrade.
    const {
      groupSize,
      throttleMs = rollingDefaults.throttleMs,
      blocked = rollingDefaults.blocked,
      suspendTimeoutMs,
    } = settings
    const options = { groupSize, throttleMs, blocked, suspendTimeoutMs }
    const exitGraceMs = this.#exitGraceMs
    const isOnProbation = settings.probation !== false
    return { options, observer, isOnProbation, reach: this.#reach(direction), exitGraceMs }
  }

  #reach(direction: Direction): Execution['reach'] {
    const faultPoint = this.#faultPoint
    return faultPoint && ((phase) => faultPoint(phase, direction))
  }

  /**
   * New processes get the version. Isolates that were kept for others go, but for one of a version that is yet to come.
   */
  async #makeCurrent({ line, direction }: UpgradeRequest, version: Version): Promise<void> {
    if (direction === 'downgrade') line.stepBack(version)
    else line.makeCurrent(version)
    const { newest, versions } = line
    const discarded: Promise<void>[] = []
    for (const each of versions) {
      if (each !== version && each !== newest) discarded.push(this.#loader.discard(each))
    }
    await Promise.all(discarded)
  }

  #memory(): MemoryReport {
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage()
    return { rss, heapUsed, external, arrayBuffers, isolates: this.#pool.size }
  }
}

function abandonBy(abort: AbortController): Pick<Execution, 'signal' | 'abandon'> {
  return { signal: abort.signal, abandon: (reason) => abortUpgrade(abort, reason) }
}

/** Many processes are not to take longer than one. Half of the time for a migration is left for its first run. */
function warmMsOf({ settings }: UpgradeRequest, processes: number): number {
  const { rehearse, codeChangeTimeoutMs } = settings
  const ms = rehearse === false ? 0 : rehearse.warm / Math.max(1, processes)
  return Math.min(ms, codeChangeTimeoutMs / 2)
}

function closedError(): MoultError {
  return new MoultError('RUNTIME_CLOSED', 'the runtime is closing')
}

/** The versions that states pass through. */
function versionsOn(paths: readonly MigrationPath[], line: CodeLine): Version[] {
  const labels = new Set<string>()
  for (const { hops } of paths) for (const { version } of hops) labels.add(version)
  return [...labels].map((label) => line.get(label))
}

/** The error of a rolling upgrade that also says in words at which process it stopped, and how far it had come. */
function withFigures(error: MoultError): MoultError {
  const { moved, remaining = 0, process, message } = error
  if (moved === undefined) return error
  const name = process === undefined || message.includes(process) ? '' : ` (${process})`
  const figures = `${moved} of ${moved + remaining} had been moved`
  return withDetails(error, {}, `${message}${name}; ${figures}`)
}
