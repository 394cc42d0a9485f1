import type { Isolate } from '../../isolates/isolate.ts'
import { groupedBy } from '../../protocol/grouped-by.ts'
import type { DryRun, MakeDryRun } from '../dry-run/dry-run.ts'
import type { Sandboxes } from '../dry-run/sandboxes.ts'

/** So many batches are tried in one go… */
const BATCHES = 8
/** …but no more processes than this: their copies wait on main. */
const MAX_PROCESSES = 256

/**
 * The processes of a rolling upgrade. While some move, the migrations of those that come next are tried on copies, many
 * in one go: one by one the ways between the threads would take longer than all the rest. A process that could not be
 * tried so is tried when its turn comes.
 */
export class Prefetch {
  readonly #make: MakeDryRun
  readonly #total: number
  readonly #size: number
  readonly #sandboxes: Sandboxes | undefined
  #made = 0
  /** Those that have been tried, by the isolates in which they live; the one whose turn it is comes first. */
  readonly #ready = new Map<Isolate | undefined, DryRun[]>()
  #readyCount = 0
  #trying: Promise<void> | undefined
  #failure: { readonly error: unknown } | undefined

  /**
   * @param most how many will be taken at a time.
   * @param sandboxes where copies are tried; without it none are.
   */
  constructor(make: MakeDryRun, total: number, most: number, sandboxes: Sandboxes | undefined) {
    this.#make = make
    this.#total = total
    this.#size = Math.min(MAX_PROCESSES, BATCHES * most)
    this.#sandboxes = sandboxes
  }

  /**
   * The next so many: if possible, processes that live in one isolate. The isolates have turns: batches that move side
   * by side load all of them.
   * @throws what opening an isolate for dry runs throws.
   */
  async take(count: number): Promise<DryRun[]> {
    while (this.#readyCount < count && this.#mayComeMore) await this.#tryNext()
    if (this.#failure !== undefined) throw this.#failure.error
    const taken = this.#takeReady(count)
    if (this.#readyCount < this.#size && this.#mayComeMore) void this.#tryNext()
    return taken
  }

  #takeReady(count: number): DryRun[] {
    const taken: DryRun[] = []
    for (const [isolate, ready] of this.#ready) {
      if (taken.length === count) break
      taken.push(...ready.splice(0, count - taken.length))
      this.#ready.delete(isolate)
      if (ready.length > 0) this.#ready.set(isolate, ready)
    }
    this.#readyCount -= taken.length
    return taken
  }

  get #mayComeMore(): boolean {
    if (this.#failure !== undefined) return false
    return this.#trying !== undefined || this.#made < this.#total
  }

  /** Never rejects, for it may not be awaited yet: {@link take} tells. */
  #tryNext(): Promise<void> {
    this.#trying ??= this.#tryBatch()
      .catch((error: unknown) => {
        this.#failure = { error }
      })
      .finally(() => {
        this.#trying = undefined
      })
    return this.#trying
  }

  async #tryBatch(): Promise<void> {
    const count = Math.min(this.#size, this.#total - this.#made)
    const batch = Array.from({ length: count }, (_none, at) => this.#make(this.#made + at))
    this.#made += count
    const sample = batch.filter(({ isSampled }) => isSampled)
    if (sample.length > 0) await this.#sandboxes?.tryMany(sample)
    for (const [isolate, dryRuns] of groupedBy(batch, isolateOf)) {
      const ready = this.#ready.get(isolate)
      if (ready === undefined) this.#ready.set(isolate, dryRuns)
      else ready.push(...dryRuns)
    }
    this.#readyCount += count
  }
}

function isolateOf({ process }: DryRun): Isolate | undefined {
  return process.activation?.isolate
}
