import { checkPermissions, haveSameThreads, settingsOfFurther } from '../../code/load-settings.ts'
import type { Loaded, Loader } from '../../versions/loader.ts'
import type { Source } from '../../versions/source.ts'
import type { Version } from '../../versions/version.ts'
import { withDeadline } from '../../timing/deadline.ts'
import type { Process } from '../../processes/process.ts'
import { phaseError } from '../limits/phase-error.ts'
import { planUpgrade } from '../plan/plan.ts'
import type { Plan } from '../plan/plan.ts'
import type { UpgradeRequest, UpgradeSettings } from '../plan/request.ts'
import { selectProcesses } from '../plan/selection.ts'
import { checkTableNames } from './table-names.ts'
import { pairsOn } from './type-proof.ts'
import type { TypeProof } from './type-proof.ts'

/** The steps before any process is touched. A failure here costs nothing. */
export class Preparation {
  readonly #loader: Loader
  readonly #typeProof: TypeProof
  readonly #exitGraceMs: number
  /** Whether even a single process waits for `resume`, so that a fault point can stop it there. */
  readonly #isHeld: boolean

  constructor(loader: Loader, typeProof: TypeProof, exitGraceMs: number, isHeld: boolean) {
    this.#loader = loader
    this.#typeProof = typeProof
    this.#exitGraceMs = exitGraceMs
    this.#isHeld = isHeld
  }

  /** Loads the version, unless it is named by a label. */
  async load(request: UpgradeRequest, signal: AbortSignal): Promise<Loaded> {
    const { line, source, watch, settings } = request
    try {
      const known = typeof source === 'string' ? line.find(source) : undefined
      if (known !== undefined) return loadedBefore(known, settings)
      if (isNoFile(source)) return loadedBefore(line.get(source), settings)
    } catch (error) {
      throw phaseError('load', error)
    }
    const loading = this.#loader.load(source, settingsOfFurther(line, settings.permissions), watch)
    try {
      return await this.#own(request, await withDeadline(loading, { signal }))
    } catch (error) {
      void loading.then(({ isolate }) => isolate?.leave(this.#exitGraceMs)).catch(() => undefined)
      throw phaseError('load', error)
    }
  }

  /** Takes the version of the line with the same label and bytes in place of the loaded one. */
  async #own({ line, watch, settings }: UpgradeRequest, loaded: Loaded): Promise<Loaded> {
    const version = line.own(loaded.version, watch !== undefined)
    checkPermissions(version, settings.permissions)
    if (haveSameThreads(version, loaded.version)) return { ...loaded, version }
    await loaded.isolate?.leave(this.#exitGraceMs)
    return { ...loaded, version, isolate: undefined }
  }

  /** Decides which processes move, and how. `releaseLabel` frees the version's label if the upgrade fails. */
  async plan(
    request: UpgradeRequest,
    { version, isolate }: Loaded,
    signal: AbortSignal,
  ): Promise<{ plan: Plan; processes: readonly Process[]; releaseLabel: () => void }> {
    const { line, direction, settings, scope } = request
    let releaseLabel = (): void => undefined
    try {
      releaseLabel = line.claim(version)
      const processes = selectProcesses(scope, line, version)
      // Without a process to move, the plan starts from the current version, or from the one that the process runs.
      const still = scope.kind === 'one' ? (scope.process.version ?? line.current) : line.current
      const moving: Version[] = []
      for (const { version: runs } of processes) if (runs !== undefined) moving.push(runs)
      const { allowRemoved, allowWider, rehearse, extra, maxPauseMs } = settings
      const plan = planUpgrade({
        codeName: line.name,
        direction,
        running: moving.length > 0 ? moving : [still],
        known: line.versions,
        target: version,
        allowRemoved,
        allowWider,
        rehearse: rehearse !== false,
        measure: maxPauseMs < Infinity,
        isOnProbation: settings.probation !== false,
        hold: this.#isHeld,
        extra,
      })
      await checkTableNames({
        codeName: line.name,
        processes,
        paths: plan.paths,
        target: version.contract.version,
        contractOf: (label) =>
          (label === version.contract.version ? version : line.find(label))?.contract,
        signal,
      })
      return { plan, processes, releaseLabel }
    } catch (error) {
      releaseLabel()
      await isolate?.leave(this.#exitGraceMs)
      throw phaseError('plan', error)
    }
  }

  /** Returns how long it took, in ms. */
  async typecheck(
    { line, settings }: UpgradeRequest,
    { paths }: Plan,
    { version, isolate }: Loaded,
    signal: AbortSignal,
  ): Promise<number> {
    if (!settings.typecheck) return 0
    const began = performance.now()
    try {
      await withDeadline(this.#typeProof.prove(pairsOn(paths, line, version)), { signal })
    } catch (error) {
      await isolate?.leave(this.#exitGraceMs)
      throw phaseError('typecheck', error)
    }
    return performance.now() - began
  }
}

function loadedBefore(version: Version, { permissions }: UpgradeSettings): Loaded {
  checkPermissions(version, permissions)
  return { version, isolate: undefined, bundleMs: 0, loadMs: 0 }
}

/** Whether a source is a text that cannot be a file's name: the label of a version, then. */
function isNoFile(source: Source): source is string {
  return typeof source === 'string' && source !== '' && !/[\\/]|\.[a-z]\w*$/i.test(source)
}
