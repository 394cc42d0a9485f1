/**
 * When something was first seen under way. Nothing is noted while nobody looks, so that messages cost no clock: what is
 * told is the least that is certain.
 */
export class Sightings {
  readonly #first = new WeakMap<object, number>()
  readonly #now: () => number

  /** `now` tells the time in ms. */
  constructor(now = () => performance.now()) {
    this.#now = now
  }

  /** For how long (ms) it has been seen. 0 for what is seen for the first time. */
  seenForMs(what: object): number {
    const now = this.#now()
    const first = this.#first.get(what)
    if (first === undefined) this.#first.set(what, now)
    return now - (first ?? now)
  }
}
