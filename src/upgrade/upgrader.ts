import { setMaxListeners } from 'node:events'
import type { Source } from '../code/source.ts'
import type { CodeLine } from '../code/code-line.ts'
import type { Version } from '../code/version.ts'
import type { Loaded, Loader } from '../code/loader.ts'
import type { IsolatePool } from '../isolates/isolate-pool.ts'
import type { Process } from '../processes/process.ts'
import { MoultError } from '../protocol/errors.ts'
import { forwardAbort, unlessAborted } from './abort.ts'
import { execute, phaseError } from './execute.ts'
import type { Execution, FaultPoint } from './execute.ts'
import { HandOver } from './hand-over.ts'
import type { HandOverOptions } from './hand-over-options.ts'
import type { UpgradeOptions } from './options.ts'
import { sumOfAudits } from './mailbox-audit.ts'
import { planUpgrade } from './plan.ts'
import type { Plan } from './plan.ts'
import type { MemoryReport, UpgradeReport, VersionName } from './report.ts'
import type { Direction, PlannedVersion, Route } from './route.ts'
import { passedOver, selectProcesses } from './selection.ts'
import type { Scope } from './selection.ts'
import { pairsOn } from './type-proof.ts'
import type { TypeProof } from './type-proof.ts'
import { Waypoints } from './waypoints.ts'

/** The options of an upgrade, defaults filled in. */
export type UpgradeSettings = Required<Omit<UpgradeOptions, 'extra' | 'signal' | 'only'>> & {
  readonly extra?: unknown
  readonly signal?: AbortSignal | undefined
}

/** An upgrade or downgrade that somebody asked for. */
export interface UpgradeRequest {
  readonly line: CodeLine
  readonly source: Source
  readonly direction: Direction
  readonly scope: Scope
  /** Name of the watch that asks: an edit needs no label of its own then. */
  readonly watch?: string
  readonly settings: UpgradeSettings
}

/** Moves processes to another version. */
export class Upgrader {
  readonly #loader: Loader
  readonly #pool: IsolatePool
  readonly #typeProof: TypeProof
  readonly #exitGraceMs: number
  readonly #faultPoint: FaultPoint | undefined
  readonly #moving = new Set<Process>()
  #isClosed = false
  readonly #running = new Map<Promise<unknown>, AbortController>()

  constructor(
    loader: Loader,
    pool: IsolatePool,
    typeProof: TypeProof,
    exitGraceMs: number,
    faultPoint: FaultPoint | undefined,
  ) {
    this.#loader = loader
    this.#pool = pool
    this.#typeProof = typeProof
    this.#exitGraceMs = exitGraceMs
    this.#faultPoint = faultPoint
  }

  /** Gives up what is under way where that is still possible, and waits for the rest. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const abort of this.#running.values()) abort.abort(closedError())
    await Promise.allSettled(this.#running.keys())
  }

  /** @throws MoultError that names the phase and has the reason as code or cause; then nothing has changed. */
  async upgrade(request: UpgradeRequest): Promise<UpgradeReport> {
    if (this.#isClosed) throw closedError()
    const { scope, line } = request
    const touched = scope.kind === 'one' ? [scope.process] : [...line.processes]
    this.#checkFree(touched)
    for (const process of touched) this.#moving.add(process)
    const abort = new AbortController()
    // Each process listens: beyond ten Node would warn of a leak.
    setMaxListeners(0, abort.signal)
    const unlink = forwardAbort(request.settings.signal, abort)
    const upgrade = this.#prepareAndExecute(request, abort)
    this.#running.set(upgrade, abort)
    try {
      return await upgrade
    } finally {
      unlink()
      this.#running.delete(upgrade)
      for (const process of touched) this.#moving.delete(process)
      this.#pool.refillLater()
    }
  }

  #checkFree(processes: readonly Process[]): void {
    const busy = processes.find((process) => this.#moving.has(process))
    if (busy === undefined) return
    const message = `another upgrade of ${busy.label} is under way`
    throw new MoultError('UPGRADE_IN_PROGRESS', message, { process: busy.label })
  }

  async #prepareAndExecute(
    request: UpgradeRequest,
    abort: AbortController,
  ): Promise<UpgradeReport> {
    const { signal } = abort
    const { line, scope, direction } = request
    const began = performance.now()
    const before = this.#memory()
    const loaded = await this.#load(request, signal)
    const from = line.current
    const { plan, processes, giveBack } = await this.#plan(request, loaded)
    const refuse = (error: unknown): never => {
      giveBack()
      throw error
    }
    const typecheckMs = await this.#typecheck(request, plan, loaded, signal).catch(refuse)
    const pinned = passedOver(scope, line, loaded.version)
    const waypoints = new Waypoints(versionsOn(plan.routes, line), this.#exitGraceMs)
    const moves = { target: loaded.version, waypoints, signal }
    const handOvers = this.#handOvers(request, plan, processes, moves)
    const { hosting } = line
    const giveUp = (reason: unknown): void => abort.abort(reason)
    const given = { loader: this.#loader, hosting, signal, giveUp }
    const execution = { plan, handOvers, waypoints, ...given }
    const phases = await this.#execute(request, execution, loaded).catch(refuse)
    if (scope.kind === 'whole') await this.#makeCurrent(request, loaded.version)
    const reports = handOvers.flatMap((each) => each.report() ?? [])
    if (scope.kind === 'one' && reports.length === 0) {
      giveBack()
      throw phaseError('suspend', scope.process.stoppedError())
    }
    return {
      codeName: line.name,
      direction,
      from: nameOf(from),
      to: nameOf(loaded.version),
      processes: reports,
      pinned: pinned.map(({ label }) => label),
      pauseMs: Math.max(0, ...reports.map(({ pauseMs }) => pauseMs)),
      stateBytes: sum(reports.map(({ stateBytes }) => stateBytes)),
      messagesHeld: sum(reports.map(({ messagesHeld }) => messagesHeld)),
      mailboxAudit: sumOfAudits(reports.map(({ mailboxAudit }) => mailboxAudit)),
      phases: { ...phases, bundle: loaded.bundleMs, load: loaded.loadMs, typecheck: typecheckMs },
      totalMs: performance.now() - began,
      memory: { before, after: this.#memory() },
    }
  }

  async #load({ line, source, watch }: UpgradeRequest, signal: AbortSignal): Promise<Loaded> {
    try {
      if (isLabel(source, line)) return loadedBefore(line.get(source))
    } catch (error) {
      throw phaseError('load', error)
    }
    const loading = this.#loader.load(source, line.external, watch)
    try {
      return await this.#own(line, await unlessAborted(loading, signal), watch !== undefined)
    } catch (error) {
      void loading.then(({ isolate }) => isolate?.leave(this.#exitGraceMs)).catch(() => undefined)
      throw phaseError('load', error)
    }
  }

  /** What the line has under the same label and with the same bytes stands for what was loaded. */
  async #own(line: CodeLine, loaded: Loaded, isEdit: boolean): Promise<Loaded> {
    const version = line.own(loaded.version, isEdit)
    if (version.image.url === loaded.version.image.url) return { ...loaded, version }
    await loaded.isolate?.leave(this.#exitGraceMs)
    return { ...loaded, version, isolate: undefined }
  }

  async #plan(
    request: UpgradeRequest,
    { version, isolate }: Loaded,
  ): Promise<{ plan: Plan; processes: readonly Process[]; giveBack: () => void }> {
    const { line, direction, settings, scope } = request
    let giveBack = (): void => undefined
    try {
      giveBack = line.claim(version)
      const processes = selectProcesses(scope, line, version)
      // Where nothing moves there is still a version to come from: the next spawn's, or the one that runs already.
      const still = scope.kind === 'one' ? (scope.process.version ?? line.current) : line.current
      const moving = processes.flatMap((process) => process.version ?? [])
      const running = (moving.length > 0 ? moving : [still]).map(planned)
      const { allowRemoved, rehearse, extra } = settings
      const hold = this.#faultPoint !== undefined
      const options = { codeName: line.name, direction, allowRemoved, rehearse, hold, extra }
      const known = line.versions.map(planned)
      const plan = planUpgrade({ ...options, running, known, target: planned(version) })
      return { plan, processes, giveBack }
    } catch (error) {
      giveBack()
      await isolate?.leave(this.#exitGraceMs)
      throw phaseError('plan', error)
    }
  }

  /** Returns how long it took, in ms. */
  async #typecheck(
    { line, settings }: UpgradeRequest,
    { routes }: Plan,
    { version, isolate }: Loaded,
    signal: AbortSignal,
  ): Promise<number> {
    if (!settings.typecheck) return 0
    const began = performance.now()
    try {
      await unlessAborted(this.#typeProof.prove(pairsOn(routes, line, version)), signal)
    } catch (error) {
      await isolate?.leave(this.#exitGraceMs)
      throw phaseError('typecheck', error)
    }
    return performance.now() - began
  }

  #handOvers(
    { settings }: UpgradeRequest,
    { routes, hold }: Plan,
    processes: readonly Process[],
    moves: Pick<HandOverOptions, 'target' | 'waypoints' | 'signal'>,
  ): HandOver[] {
    const { suspendTimeoutMs, codeChangeTimeoutMs, allowRemoved } = settings
    const options = { suspendTimeoutMs, codeChangeTimeoutMs, allowRemoved }
    const limits = { ...options, exitGraceMs: this.#exitGraceMs }
    return processes.flatMap((process, index) => {
      const route = routes[index]
      return route === undefined ? [] : new HandOver(process, { route, hold, ...moves, ...limits })
    })
  }

  async #execute(
    { direction }: UpgradeRequest,
    execution: Omit<Execution, 'reach'>,
    { version, isolate }: Loaded,
  ): ReturnType<typeof execute> {
    const faultPoint = this.#faultPoint
    const reach = faultPoint && ((phase: Parameters<FaultPoint>[0]) => faultPoint(phase, direction))
    try {
      // The first process to be placed takes it; where there is none it waits for the next.
      if (isolate !== undefined) this.#loader.keep(version, isolate)
      return await execute({ ...execution, reach })
    } catch (error) {
      if (isolate !== undefined) await this.#loader.discard(version)
      throw error
    }
  }

  /** New processes get the version. Isolates that were kept for others go, but for one of a version that is yet to come. */
  async #makeCurrent({ line, direction }: UpgradeRequest, version: Version): Promise<void> {
    if (direction === 'downgrade') line.stepBack(version)
    else line.makeCurrent(version)
    const others = line.versions.filter((each) => each !== version && each !== line.newest)
    await Promise.all(others.map((each) => this.#loader.discard(each)))
  }

  #memory(): MemoryReport {
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage()
    return { rss, heapUsed, external, arrayBuffers, isolates: this.#pool.size }
  }
}

function closedError(): MoultError {
  return new MoultError('RUNTIME_CLOSED', 'the runtime is closing')
}

function loadedBefore(version: Version): Loaded {
  return { version, isolate: undefined, bundleMs: 0, loadMs: 0 }
}

/** Whether a source is the label of a version: one that exists, or a text that cannot be a file's name. */
function isLabel(source: Source, line: CodeLine): source is string {
  if (typeof source !== 'string' || source === '') return false
  return line.find(source) !== undefined || !/[\\/]|\.[a-z]\w*$/i.test(source)
}

/** The versions that states pass through. */
function versionsOn(routes: readonly Route[], line: CodeLine): Version[] {
  const labels = routes.flatMap(({ waypoints }) => waypoints.map(({ version }) => version))
  return [...new Set(labels)].map((label) => line.get(label))
}

function planned({ contract, declared, image }: Version): PlannedVersion {
  return { contract, declared, hash: image.hash }
}

function nameOf({ contract, image }: Version): VersionName {
  return { version: contract.version, hash: image.hash }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
