import { withDetails } from '../../protocol/errors.ts'
import type { MoultError } from '../../protocol/errors.ts'
import { withDeadline } from '../../timing/deadline.ts'
import type { HandOver } from '../hand-over/hand-over.ts'
import { phaseError } from '../limits/phase-error.ts'
import type { ProcessWentBack, UpgradeObserver } from '../plan/upgrade-observer.ts'
import { tellWentBack } from '../probation/went-back.ts'
import type { Probation } from '../probation/probation.ts'
import type { MovedProcesses } from './moved-processes.ts'

/**
 * Hand-overs of a rolling upgrade that are on probation. Where one of them fails, all that have not passed go back.
 * Those that have passed are moved for good.
 */
export class Probations {
  readonly #moved: MovedProcesses
  readonly #onFailure: (error: MoultError) => void
  readonly #underWay = new Set<Promise<void>>()
  /** Aborted when none is judged any more. */
  readonly #end = new AbortController()
  #failure: MoultError | undefined
  readonly #wentBack: ProcessWentBack[] = []
  #count = 0

  constructor(moved: MovedProcesses, onFailure: (error: MoultError) => void) {
    this.#moved = moved
    this.#onFailure = onFailure
  }

  /** How many processes are on probation. */
  get count(): number {
    return this.#count
  }

  /** Its processes serve in the new version. */
  add(handOver: HandOver): void {
    const { onProbation: probation } = handOver
    if (probation === undefined) return
    const { length } = handOver.members
    this.#count += length
    const ended = this.#judge(probation.run())
      .then(() => this.#settle(handOver, probation))
      .then(() => {
        this.#count -= length
        this.#underWay.delete(ended)
      })
    this.#underWay.add(ended)
  }

  async #judge(passing: Promise<void>): Promise<void> {
    const { signal } = this.#end
    try {
      await withDeadline(passing, { signal })
    } catch (error) {
      if (signal.aborted) return
      this.#failure = phaseError('probation', error)
      this.#end.abort()
      this.#onFailure(this.#failure)
    }
  }

  async #settle(handOver: HandOver, probation: Probation): Promise<void> {
    const goesBack = this.#failure ?? probation.failure
    if (goesBack === undefined) probation.pass()
    else this.#wentBack.push(...(await probation.goBack()))
    for (const each of handOver.reports) this.#moved.add(each)
  }

  /** None is judged any more: those that are on probation are moved for good. */
  end(): void {
    this.#end.abort()
  }

  /** Waits until none is on probation any more. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
  }

  /** The error that a roll ends with: with what became of the messages, where processes have gone back. */
  tell(error: unknown, observer: Pick<UpgradeObserver, 'onWentBack'>): unknown {
    if (this.#failure === undefined || error !== this.#failure) return error
    return withDetails(this.#failure, tellWentBack(this.#wentBack, observer))
  }
}
