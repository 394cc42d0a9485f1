import { groupedBy } from '../../protocol/grouped-by.ts'
import type { DryRun, MakeDryRun } from '../dry-run/dry-run.ts'
import type { Sandboxes } from '../dry-run/sandboxes.ts'

/** So many groups are tried in one go… */
const GROUPS = 8
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
  readonly #groupSize: number
  readonly #size: number
  readonly #sandboxes: Sandboxes | undefined
  #made = 0
  readonly #ready: DryRun[] = []
  #trying: Promise<void> | undefined
  #failure: { readonly error: unknown } | undefined

  /** @param sandboxes where copies are tried; without it none are. */
  constructor(
    make: MakeDryRun,
    total: number,
    groupSize: number,
    sandboxes: Sandboxes | undefined,
  ) {
    this.#make = make
    this.#total = total
    this.#groupSize = groupSize
    this.#size = Math.min(MAX_PROCESSES, GROUPS * groupSize)
    this.#sandboxes = sandboxes
  }

  /**
   * The next group: if possible, of processes that live in one isolate.
   * @throws what opening an isolate for dry runs throws.
   */
  async take(): Promise<DryRun[]> {
    while (this.#ready.length < this.#groupSize && this.#mayComeMore) await this.#tryNext()
    if (this.#failure !== undefined) throw this.#failure.error
    const taken = this.#ready.splice(0, this.#groupSize)
    if (this.#ready.length < this.#size && this.#mayComeMore) void this.#tryNext()
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
    await this.#sandboxes?.tryMany(batch)
    this.#ready.push(...byNeighbours(batch, this.#groupSize))
  }
}

/**
 * In groups of neighbours, those of one isolate by turns with those of the others: groups that move side by side load
 * all isolates.
 */
function byNeighbours(sandboxes: readonly DryRun[], groupSize: number): DryRun[] {
  const isolates = [...groupedBy(sandboxes, ({ process }) => process.activation?.isolate).values()]
  const longest = Math.max(...isolates.map(({ length }) => length))
  const turns = Array.from({ length: Math.ceil(longest / groupSize) }, (_none, turn) => {
    return isolates.flatMap((each) => each.slice(turn * groupSize, (turn + 1) * groupSize))
  })
  return turns.flat()
}
