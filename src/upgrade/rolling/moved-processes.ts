import { fulfilsWithin } from '../../timing/deadline.ts'
import type { Isolate } from '../../isolates/isolate.ts'
import { Deferred } from '../../protocol/deferred.ts'
import type { MovedMember } from '../hand-over/member.ts'
import type { ProcessReport } from '../report/report.ts'

/** The processes that a rolling upgrade has moved, and the places that they have left. */
export class MovedProcesses {
  readonly #graceMs: number
  readonly #reports: ProcessReport[] = []
  /** The old isolate of each report, which will tell of its end. */
  readonly #isolates: Isolate[] = []
  /** Handlers in old places that are waited for. */
  readonly #draining: Promise<void>[] = []
  /** Processes whose old places are not free yet. */
  #leaving = 0
  #allLeft: Deferred<void> | undefined

  constructor(graceMs: number) {
    this.#graceMs = graceMs
  }

  get count(): number {
    return this.#reports.length
  }

  get reports(): readonly ProcessReport[] {
    return this.#reports
  }

  add({ report, old, drained }: MovedMember): void {
    this.#reports.push(report)
    this.#isolates.push(old.isolate)
    this.#leaving++
    const draining = drained?.()
    if (draining === undefined) old.leaveBehind(this.#graceMs, this.#onLeft)
    else this.#draining.push(draining.then(() => old.leaveBehind(this.#graceMs, this.#onLeft)))
  }

  readonly #onLeft = (): void => {
    this.#leaving--
    if (this.#leaving === 0) this.#allLeft?.resolve()
  }

  /**
   * Waits until nothing of them runs in the old places, within the grace, and for the isolates that go with the last of
   * them.
   */
  async waitUntilLeft(): Promise<void> {
    if (this.#draining.length > 0) await Promise.all(this.#draining)
    await fulfilsWithin(this.#whenAllLeft(), this.#graceMs)
    const gone = new Set<Promise<unknown>>()
    for (const isolate of this.#isolates) if (isolate.isLeaving) gone.add(isolate.exited)
    await Promise.all(gone)
    for (const [at, report] of this.#reports.entries()) {
      report.oldThread = this.#isolates[at]?.exit
    }
  }

  async #whenAllLeft(): Promise<void> {
    if (this.#leaving === 0) return
    this.#allLeft = new Deferred()
    await this.#allLeft.promise
  }
}
