import type { Isolate } from '../../isolates/isolate.ts'
import { withDeadline } from '../../timing/deadline.ts'
import { releasePlaces } from '../../versions/placement.ts'
import type { Placement } from '../../versions/placement.ts'
import type { HandOverOptions } from '../limits/hand-over-options.ts'

/** Places for processes in an isolate that has loaded the target. */
export class TargetPlace {
  readonly #options: HandOverOptions
  readonly #places: number
  #isolate: Isolate | undefined

  constructor(options: HandOverOptions, places: number) {
    this.#options = options
    this.#places = places
  }

  /** Undefined until it is open. */
  get isolate(): Isolate | undefined {
    return this.#isolate
  }

  /** Undefined where there is nothing to wait for. */
  open(placement: Placement): Promise<void> | undefined {
    this.#isolate = placement.placeNow(this.#options.target, this.#places)
    return this.#isolate === undefined ? this.#openAnother(placement) : undefined
  }

  async #openAnother(placement: Placement): Promise<void> {
    const { target, signal, exitGraceMs } = this.#options
    const places = this.#places
    const opening = placement.place(target, places)
    try {
      this.#isolate = await withDeadline(opening, { signal })
    } catch (error) {
      void opening.then((to) => releasePlaces(to, places, exitGraceMs)).catch(() => undefined)
      throw error
    }
  }

  /** Gives up `places` of them. */
  async release(places: number): Promise<void> {
    if (this.#isolate === undefined || places === 0) return
    await releasePlaces(this.#isolate, places, this.#options.exitGraceMs)
  }
}
