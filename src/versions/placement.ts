import type { Isolate } from '../isolates/isolate.ts'
import type { Loader } from './loader.ts'
import type { Version } from './version.ts'

/** How the processes of a code are hosted: each in an isolate of its own, or those of one version in so many shared ones. */
export type Isolates = 'per-process' | number

/** An isolate that hosts processes of one version, or is being opened for it. */
interface Berth {
  readonly opening: Promise<Isolate>
  isolate: Isolate | undefined
  /** Places that are taken while it is opened. */
  waiting: number
}

/** Finds the isolates in which the processes of one code live. */
export class Hosting {
  readonly isolates: Isolates
  readonly #loader: Loader
  readonly #berths = new Map<Version, Set<Berth>>()

  constructor(loader: Loader, isolates: Isolates) {
    this.#loader = loader
    this.isolates = isolates
  }

  /** An isolate that has loaded `version`, with a place reserved in it: the one with the lightest load. */
  async place(version: Version): Promise<Isolate> {
    if (this.isolates !== 'per-process') return this.#share(version, this.isolates)
    const isolate = await this.#loader.open(version)
    isolate.slots.reserve()
    return isolate
  }

  /** The same without waiting. Undefined where an isolate has to be opened first. */
  placeNow(version: Version): Isolate | undefined {
    const berths = this.#berths.get(version)
    if (this.isolates === 'per-process' || berths === undefined) return undefined
    const usable = usableOf(berths)
    if (usable.length < this.isolates) return undefined
    const { isolate } = lightest(usable)
    isolate?.slots.reserve()
    return isolate
  }

  #share(version: Version, limit: number): Isolate | Promise<Isolate> {
    const placed = this.placeNow(version)
    if (placed !== undefined) return placed
    const berths = this.#berthsOf(version)
    const usable = usableOf(berths)
    const berth = usable.length < limit ? this.#open(version, berths) : lightest(usable)
    berth.waiting++
    return berth.opening
  }

  #open(version: Version, berths: Set<Berth>): Berth {
    const opening = this.#loader.open(version)
    const berth: Berth = { opening, isolate: undefined, waiting: 0 }
    berths.add(berth)
    // This comes before those who await the same promise: their places are reserved when they go on.
    opening.then(
      (isolate) => {
        berth.isolate = isolate
        isolate.slots.reserve(berth.waiting)
        void isolate.exited.then(() => this.#remove(version, berth))
      },
      () => this.#remove(version, berth),
    )
    return berth
  }

  #berthsOf(version: Version): Set<Berth> {
    const berths = this.#berths.get(version) ?? new Set()
    this.#berths.set(version, berths)
    return berths
  }

  #remove(version: Version, berth: Berth): void {
    const berths = this.#berths.get(version)
    berths?.delete(berth)
    if (berths?.size === 0) this.#berths.delete(version)
  }
}

/** Gives up a reserved place to which no process has come. An isolate that then hosts nothing leaves. */
export async function giveBack(isolate: Isolate, graceMs: number): Promise<void> {
  isolate.slots.release()
  if (isolate.slots.load === 0) await isolate.leave(graceMs)
}

function usableOf(berths: ReadonlySet<Berth>): Berth[] {
  return [...berths].filter(({ isolate }) => isolate?.isLeaving !== true)
}

function lightest(berths: readonly Berth[]): Berth {
  const load = ({ isolate, waiting }: Berth): number => isolate?.slots.load ?? waiting
  return berths.reduce((best, each) => (load(each) < load(best) ? each : best))
}
