import type { Isolate } from '../../isolates/isolate.ts'
import { hasEnded } from '../../processes/lifecycle.ts'
import type { Process } from '../../processes/process.ts'
import type { Activation } from '../../processes/activation.ts'
import type { HandOverOptions } from '../limits/hand-over-options.ts'
import { Deadlines } from '../limits/deadlines.ts'
import { rehearse } from './rehearsal.ts'
import type { DryRunTimes } from './rehearsal.ts'

/** Up to this size a migrated state is proved to be data during the pause even if a rehearsal has proved a copy. */
const ALWAYS_VERIFIED_BYTES = 256 * 1024

/** The migration of one process tried on a copy, on its own or together with those of others. */
export class DryRun {
  readonly process: Process
  readonly options: HandOverOptions
  #rehearsed: DryRunTimes | undefined
  #isSmall = false

  constructor(process: Process, options: HandOverOptions) {
    this.process = process
    this.options = options
  }

  get path(): HandOverOptions['path'] {
    return this.options.path
  }

  /** Undefined where nothing was tried. */
  get rehearsed(): DryRunTimes | undefined {
    return this.#rehearsed
  }

  /** Whether what was tried is proof enough that a state of so many bytes will be data. */
  proves(bytes: number): boolean {
    return this.#rehearsed !== undefined && bytes > ALWAYS_VERIFIED_BYTES
  }

  /** Where the state may be copied to be tried together with those of others. Undefined for one that has to be tried on its own. */
  get place(): Activation | undefined {
    const { lifecycle, activation } = this.process
    const isAlone = this.path.hops.length > 0 || lifecycle !== 'running'
    return isAlone ? undefined : activation
  }

  /** It has been tried together with others. */
  onTried(rehearsed: DryRunTimes): void {
    this.#rehearsed = rehearsed
    this.#isSmall = true
  }

  /** Whether its state is known to be small. */
  get isSmall(): boolean {
    return this.#isSmall
  }

  /** Tries it on its own. What would fail fails now, for free, and the code is warm when it counts. */
  async run(activation: Activation, isolate: Isolate): Promise<void> {
    const deadlines = new Deadlines(this.process.label, this.options)
    const rehearsal = rehearse(activation, isolate, this.options, deadlines)
    this.#rehearsed = await rehearsal.catch((error: unknown): undefined => {
      if (!hasEnded(this.process)) throw error
    })
  }
}
