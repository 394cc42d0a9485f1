/** The rounds behind the first may take so many times as long as that, and so many times where the pause has a budget. */
const SHARE = 1
const SHARE_FOR_BUDGET = 4
/** What they may take (ms) at least. */
const MIN_MS = 500

/**
 * How long a copy may go on. Where calls come faster than it, each round takes long, and leaves about as much as the one
 * before: the pause does not get shorter by waiting.
 */
export class RoundLimit {
  readonly #share: number
  #began: number | undefined
  #firstMs: number | undefined

  constructor(budgetMs: number) {
    this.#share = budgetMs === Infinity ? SHARE : SHARE_FOR_BUDGET
  }

  /** Something is taken. */
  begin(now: number): void {
    this.#began ??= now
  }

  /** A round has ended. */
  endRound(now: number): void {
    this.#firstMs ??= now - (this.#began ?? now)
  }

  /** Whether no other round should begin. */
  isReached(now: number): boolean {
    if (this.#firstMs === undefined || this.#began === undefined) return false
    return now - this.#began - this.#firstMs > Math.max(MIN_MS, this.#firstMs * this.#share)
  }
}
