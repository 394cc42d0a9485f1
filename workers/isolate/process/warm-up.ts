/** So many runs in a row that are no faster than the fastest before are enough. */
const MOST_IN_VAIN = 3

/** Decides how often a migration is run to make it fast. A run begins with it, and with each {@link begin}. */
export class WarmUp {
  readonly #now: () => number
  readonly #until: number
  #began: number
  #fastestMs = Infinity
  #inVain = 0

  /** @param now tells the time in ms. */
  constructor(budgetMs: number, now = () => performance.now()) {
    this.#now = now
    this.#began = now()
    this.#until = this.#began + budgetMs
  }

  begin(): void {
    this.#began = this.#now()
  }

  /**
   * A run has ended. Whether another is not worth it, or the time is over. The next one is not estimated by this one: the
   * second takes half as long as the first.
   */
  isEnough(): boolean {
    const ended = this.#now()
    const ms = ended - this.#began
    this.#inVain = ms < this.#fastestMs ? 0 : this.#inVain + 1
    this.#fastestMs = Math.min(this.#fastestMs, ms)
    return this.#inVain >= MOST_IN_VAIN || ended > this.#until
  }
}
