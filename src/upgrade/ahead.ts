import type { HandOver } from './hand-over.ts'
import type { MakeHandOver } from './hand-over-maker.ts'
import { rehearseTogether } from './rehearse-together.ts'
import type { Scratch } from './scratch.ts'

/** So many groups are tried in one go… */
const GROUPS = 8
/** …but no more processes than this: their copies wait on main. */
const MAX_PROCESSES = 256

/**
 * The hand-overs of a rolling upgrade, in order. While some move, the migrations of those that come next are tried on copies, many in one go:
 * one by one the ways between the threads would take longer than all the rest. Whoever could not be tried so is tried when its turn comes.
 */
export class Ahead {
  readonly #make: MakeHandOver
  readonly #total: number
  readonly #size: number
  #scratch: Scratch | undefined
  #made = 0
  readonly #ready: HandOver[] = []
  #trying: Promise<void> | undefined

  /** @param scratch where copies are tried; without it none are. */
  constructor(make: MakeHandOver, total: number, groupSize: number, scratch: Scratch | undefined) {
    this.#make = make
    this.#total = total
    this.#size = Math.min(MAX_PROCESSES, GROUPS * groupSize)
    this.#scratch = scratch
  }

  /** The next `count`, or what is left. */
  async take(count: number): Promise<HandOver[]> {
    while (this.#ready.length < count && this.#mayComeMore) await this.#tryNext()
    const taken = this.#ready.splice(0, count)
    if (this.#ready.length < this.#size && this.#mayComeMore) void this.#tryNext()
    return taken
  }

  get #mayComeMore(): boolean {
    return this.#trying !== undefined || this.#made < this.#total
  }

  #tryNext(): Promise<void> {
    this.#trying ??= this.#tryBatch().finally(() => {
      this.#trying = undefined
    })
    return this.#trying
  }

  async #tryBatch(): Promise<void> {
    const count = Math.min(this.#size, this.#total - this.#made)
    const batch = Array.from({ length: count }, (_none, at) => this.#make(this.#made + at))
    this.#made += count
    await this.#tryAll(batch).catch(() => {
      // Each is tried on its own, and tells what is wrong.
      this.#scratch = undefined
    })
    this.#ready.push(...batch)
  }

  async #tryAll(batch: readonly HandOver[]): Promise<void> {
    const scratch = this.#scratch
    if (scratch?.isolate === undefined || (await rehearseTogether(batch, scratch.isolate))) return
    this.#scratch = undefined
    await scratch.replace()
  }
}
