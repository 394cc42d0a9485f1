import type { Isolate } from '../isolates/isolate.ts'
import type { Loader } from './loader.ts'
import type { Version } from './version.ts'

/**
 * How the processes of a code are hosted: each in an isolate of its own, or those of one version in so many shared
 * ones.
 */
export type Isolates = 'per-process' | number

/** An isolate that hosts processes of one version, or is being opened for it. */
interface SharedIsolate {
  readonly opening: Promise<Isolate>
  isolate: Isolate | undefined
  /** Places that are taken while it is opened. */
  waiting: number
}

/** Finds the isolates in which the processes of one code live. */
export class Placement {
  readonly isolates: Isolates
  readonly #loader: Loader
  readonly #sharedIsolates = new Map<Version, Set<SharedIsolate>>()

  constructor(loader: Loader, isolates: Isolates) {
    this.#loader = loader
    this.isolates = isolates
  }

  /** An isolate that has loaded `version`, with places reserved in it: the one with the lightest load. */
  async place(version: Version, places = 1): Promise<Isolate> {
    if (this.isolates !== 'per-process') return this.#share(version, this.isolates, places)
    const isolate = await this.#loader.open(version)
    isolate.slots.reserve(places)
    return isolate
  }

  /** The same without waiting. Undefined where an isolate has to be opened first. */
  placeNow(version: Version, places = 1): Isolate | undefined {
    const sharedIsolates = this.#sharedIsolates.get(version)
    if (this.isolates === 'per-process' || sharedIsolates === undefined) return undefined
    const usable = usableOf(sharedIsolates)
    if (usable.length < this.isolates) return undefined
    const { isolate } = lightest(usable)
    isolate?.slots.reserve(places)
    return isolate
  }

  /**
   * Opens the isolates in which so many processes of a version will share threads, and reserves a place in each. None
   * where each has its own.
   */
  async open(version: Version, processes: number, graceMs: number): Promise<readonly Isolate[]> {
    if (this.isolates === 'per-process') return []
    const limit = this.isolates
    const count = Math.min(limit, processes)
    const opening = Array.from({ length: count }, async () => this.#share(version, limit, 1))
    try {
      return await Promise.all(opening)
    } catch (error) {
      for (const each of opening) {
        void each.then((isolate) => releasePlaces(isolate, 1, graceMs)).catch(() => undefined)
      }
      throw error
    }
  }

  #share(version: Version, limit: number, places: number): Isolate | Promise<Isolate> {
    const placed = this.placeNow(version, places)
    if (placed !== undefined) return placed
    const sharedIsolates = this.#sharedIsolatesOf(version)
    const usable = usableOf(sharedIsolates)
    const shared = usable.length < limit ? this.#open(version, sharedIsolates) : lightest(usable)
    shared.waiting += places
    return shared.opening
  }

  #open(version: Version, sharedIsolates: Set<SharedIsolate>): SharedIsolate {
    const opening = this.#loader.open(version)
    const shared: SharedIsolate = { opening, isolate: undefined, waiting: 0 }
    sharedIsolates.add(shared)
    // This comes before those who await the same promise: their places are reserved when they go on.
    opening.then(
      (isolate) => {
        shared.isolate = isolate
        isolate.slots.reserve(shared.waiting)
        void isolate.exited.then(() => this.#remove(version, shared))
      },
      () => this.#remove(version, shared),
    )
    return shared
  }

  #sharedIsolatesOf(version: Version): Set<SharedIsolate> {
    const sharedIsolates = this.#sharedIsolates.get(version) ?? new Set()
    this.#sharedIsolates.set(version, sharedIsolates)
    return sharedIsolates
  }

  #remove(version: Version, shared: SharedIsolate): void {
    const sharedIsolates = this.#sharedIsolates.get(version)
    sharedIsolates?.delete(shared)
    if (sharedIsolates?.size === 0) this.#sharedIsolates.delete(version)
  }
}

/** Gives up reserved places to which no process has come. An isolate that then hosts nothing leaves. */
export async function releasePlaces(
  isolate: Isolate,
  places: number,
  graceMs: number,
): Promise<void> {
  isolate.slots.release(places)
  if (isolate.slots.occupied === 0) await isolate.leave(graceMs)
}

function usableOf(sharedIsolates: ReadonlySet<SharedIsolate>): SharedIsolate[] {
  return [...sharedIsolates].filter(({ isolate }) => isolate?.isLeaving !== true)
}

function lightest(sharedIsolates: readonly SharedIsolate[]): SharedIsolate {
  const load = ({ isolate, waiting }: SharedIsolate): number => isolate?.slots.occupied ?? waiting
  return sharedIsolates.reduce((best, each) => (load(each) < load(best) ? each : best))
}
