import type { Activation } from '../../processes/activation.ts'
import { castsToCome } from '../../processes/casts-to-come.ts'
import type { Process } from '../../processes/process.ts'
import { Deadlines } from '../limits/deadlines.ts'
import type { HandOverOptions } from '../limits/hand-over-options.ts'
import type { MigrationPath } from '../plan/migration-path.ts'

/** Up to this size a migrated state is proved to be data during the pause even if a dry run has proved a copy. */
const ALWAYS_VERIFIED_BYTES = 256 * 1024

/** Of a process with more timers and monitors they are looked at in slices, as what waits is. */
const FEW_CASTS = 16

/** How long (ms) the steps of a hand-over took on a copy. Of a state with tables that go ahead: without its records. */
export interface DryRunTimes {
  /** In the version that is left, and on the way from there. */
  readonly leaveMs: number
  /** In the version that is entered. */
  readonly enterMs: number
}

/**
 * The times of a downgrade by what a state takes to encode and to decode once: hops do both each. What its functions
 * take is not known.
 * @param givenMs how long the copy takes that the function is given; one that is kept is there.
 */
export function timesOfDowngrade(
  { hops }: MigrationPath,
  { encodeMs, decodeMs }: { readonly encodeMs: number; readonly decodeMs: number },
  givenMs = 0,
): DryRunTimes {
  const passMs = hops.length * (encodeMs + decodeMs)
  return { leaveMs: givenMs + encodeMs + passMs, enterMs: decodeMs }
}

/** The migration of one process, tried on a copy of its state or yet to be. */
export class DryRun {
  readonly process: Process
  readonly options: HandOverOptions
  readonly path: MigrationPath
  /** Whether it is among those that are to be tried. */
  readonly isSampled: boolean
  #deadlines: Deadlines | undefined
  #times: DryRunTimes | undefined
  #isSmall = false
  #runs = 0

  constructor(process: Process, options: HandOverOptions, isSampled = true) {
    this.process = process
    this.options = options
    this.path = options.path
    this.isSampled = isSampled
  }

  /** The same ones for all that is done for the process, until it has been moved. */
  get deadlines(): Deadlines {
    this.#deadlines ??= new Deadlines(this.process.label, this.options)
    return this.#deadlines
  }

  /** Undefined where nothing was tried. */
  get times(): DryRunTimes | undefined {
    return this.#times
  }

  /** Whether nothing is to be tried any more. */
  get isDone(): boolean {
    return !this.isSampled || this.#times !== undefined
  }

  /** How often the migration has run on a copy. */
  get runs(): number {
    return this.#runs
  }

  /** Whether its state is known to be small. */
  get isSmall(): boolean {
    return this.#isSmall
  }

  /** Whether what was tried is proof enough that a state of so many bytes will be data. */
  proves(bytes: number): boolean {
    return this.#times !== undefined && bytes > ALWAYS_VERIFIED_BYTES
  }

  /** Where the process lives, if it can take part in a batch of several: undefined for one that has to go alone. */
  get batchable(): Activation | undefined {
    const { lifecycle, activation } = this.process
    const isAlone = this.path.hops.length > 0 || lifecycle !== 'running'
    return isAlone ? undefined : activation
  }

  /**
   * Whether nothing is known for which the process has to move alone: what waits for it has to be audited, tables go
   * ahead…
   */
  get mayGoInBatch(): boolean {
    const activation = this.batchable
    if (activation === undefined || this.path.leave.by === 'downgrade') return false
    const isPlain = !activation.wantsUpgrade && !activation.isolate.mayHaveTables
    const waits = this.process.messages.size > 0 || !this.#castsFit
    return isPlain && this.options.maxPauseMs === Infinity && !waits
  }

  /** Whether it is known by their names that the new version takes the casts of its timers and monitors. */
  get #castsFit(): boolean {
    const coming = castsToCome(this.process)
    if (coming === undefined) return true
    const { contract } = this.options.target
    if (contract.checksPayloads || contract.upcasts.length > 0 || coming.length > FEW_CASTS)
      return false
    return coming.every(
      ({ cast, needsDeclared }) => needsDeclared !== true && contract.casts.includes(cast),
    )
  }

  /** It was tried; in a batch of several only small states are. */
  onTried(times: DryRunTimes, isSmall: boolean, runs: number): void {
    this.#times = times
    this.#runs = runs
    this.#isSmall = isSmall
  }
}

/** Makes the dry run of the process with an index. */
export type MakeDryRun = (index: number) => DryRun

/**
 * Dry runs are made as they are needed; processes on one path share their options.
 * @param sample how many are to be tried, the first ones.
 */
export function dryRunMaker(
  processes: readonly Process[],
  paths: readonly MigrationPath[],
  common: Omit<HandOverOptions, 'path'>,
  sample = Infinity,
): MakeDryRun {
  const known = new Map<MigrationPath, HandOverOptions>()
  return (index) => {
    const process = processes[index]
    const path = paths[index]
    if (process === undefined || path === undefined) throw new RangeError(`no process ${index}`)
    const options = known.get(path) ?? { ...common, path }
    known.set(path, options)
    return new DryRun(process, options, index < sample)
  }
}
