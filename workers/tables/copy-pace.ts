/** How long (ms) a slice may take: messages wait for it… */
const MIN_SLICE_MS = 0.1
/** …and longer, up to this, where messages take long themselves: else a busy process would never come to an end with its copy. */
const MAX_SLICE_MS = 0.5
/** A slice may take this share of the time for which the slice before it had to wait. */
const SHARE = 0.2
const MIN_RECORDS = 8
const MAX_RECORDS = 4096
/** What may be left for the pause (ms) if nobody says otherwise. */
const SMALL_MS = 0.2
/** How many rounds there may be, and how many more where a budget would not be met. */
const MAX_ROUNDS = 8
const MAX_BUDGET_ROUNDS = 50
/** A round that leaves more than this share of what the one before left does not shrink the rest. */
const SHRINKS_BY = 0.75

/** How fast records go over, how many fit a slice, and when another round is worth it. */
export class CopyPace {
  readonly #budgetMs: number
  #slice = 32
  #records = 0
  #rounds = 1
  /** Records that are left to be sent in this round: the first ends by itself. */
  #toSend = Infinity
  #leftBefore = Infinity
  #sendMs = 0
  #applyMs = 0

  constructor(budgetMs: number) {
    this.#budgetMs = budgetMs
  }

  get records(): number {
    return this.#records
  }

  get rounds(): number {
    return this.#rounds
  }

  /** How many records the next slice may have. */
  get sliceRecords(): number {
    return Math.min(this.#slice, this.#toSend)
  }

  isRoundOver(isFirst: boolean): boolean {
    return this.#toSend === Infinity ? !isFirst : this.#toSend <= 0
  }

  get msPerRecord(): number {
    return this.#records === 0 ? 0 : (this.#sendMs + this.#applyMs) / this.#records
  }

  /** Records were sent, within `ms`, after messages had their turn for `waitedMs`. */
  sent(records: number, ms: number, waitedMs = 0): void {
    this.#records += records
    this.#toSend -= records
    this.#sendMs += ms
    if (records < this.#slice / 2 || ms <= 0) return
    const sliceMs = Math.min(MAX_SLICE_MS, Math.max(MIN_SLICE_MS, waitedMs * SHARE))
    const fitting = (records * sliceMs) / ms
    // Half the way: one slice that was interrupted says little.
    const next = Math.round((this.#slice + Math.min(fitting, 2 * this.#slice)) / 2)
    this.#slice = Math.min(MAX_RECORDS, Math.max(MIN_RECORDS, next))
  }

  applied(ms: number): void {
    this.#applyMs += ms
  }

  /** Whether `left` records are better left to the pause. */
  isEnough(left: number): boolean {
    const leftMs = left * this.msPerRecord
    if (leftMs <= Math.min(SMALL_MS, this.#budgetMs)) return true
    const isOverBudget = leftMs > this.#budgetMs
    if (this.#rounds >= (isOverBudget ? MAX_BUDGET_ROUNDS : MAX_ROUNDS)) return true
    return !isOverBudget && left > SHRINKS_BY * this.#leftBefore
  }

  /** Another round, of the `left` records that have changed. */
  beginRound(left: number): void {
    this.#rounds++
    this.#toSend = left
    this.#leftBefore = left
  }
}
