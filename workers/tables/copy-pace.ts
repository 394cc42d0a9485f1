/** The shortest limit (ms) of a slice, during which messages wait. */
const MIN_SLICE_MS = 0.1
/** The longest limit (ms), for processes with slow messages: with short slices their copies would never end. */
const MAX_SLICE_MS = 0.5
/** A slice may take this share of the time that it had to wait. */
const SHARE = 0.2
const MIN_RECORDS = 8
const MAX_RECORDS = 4096
/** The default for the time (ms) left for the pause. */
const SMALL_MS = 0.2
/** The most rounds, and the most further ones to meet a budget. */
const MAX_ROUNDS = 8
const MAX_BUDGET_ROUNDS = 50
/** A round shrinks the rest if it leaves at most this share of the previous rest. */
const SHRINKS_BY = 0.75

/** Measures the pace of records. Decides how many fit a slice, and whether another round is worth it. */
export class CopyPace {
  readonly #budgetMs: number
  #slice = 32
  #records = 0
  /** How many the first round had: all that there was. */
  #inFirst: number | undefined
  #rounds = 1
  /** Records left to send in this round; the first ends by itself. */
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

  /** The most records in the next slice. */
  get sliceRecords(): number {
    return Math.min(this.#slice, this.#toSend)
  }

  isRoundOver(isFirst: boolean): boolean {
    return this.#toSend === Infinity ? !isFirst : this.#toSend <= 0
  }

  get msPerRecord(): number {
    return this.#records === 0 ? 0 : (this.#sendMs + this.#applyMs) / this.#records
  }

  /** How long (ms) all that there is takes on either side: later rounds count by their pace. */
  get msOfAll(): { readonly sendMs: number; readonly applyMs: number } {
    const share = this.#records === 0 ? 0 : (this.#inFirst ?? this.#records) / this.#records
    return { sendMs: this.#sendMs * share, applyMs: this.#applyMs * share }
  }

  /** Notes that records were sent within `ms`, after a wait of `waitedMs` for messages. */
  sent(records: number, ms: number, waitedMs = 0): void {
    this.#records += records
    this.#toSend -= records
    this.#sendMs += ms
    if (records < this.#slice / 2 || ms <= 0) return
    const sliceMs = Math.min(MAX_SLICE_MS, Math.max(MIN_SLICE_MS, waitedMs * SHARE))
    const fitting = (records * sliceMs) / ms
    // Only half the change: one slice may have been interrupted.
    const next = Math.round((this.#slice + Math.min(fitting, 2 * this.#slice)) / 2)
    this.#slice = Math.min(MAX_RECORDS, Math.max(MIN_RECORDS, next))
  }

  applied(ms: number): void {
    this.#applyMs += ms
  }

  /** Whether `left` records are few enough for the pause. */
  isEnough(left: number): boolean {
    const leftMs = left * this.msPerRecord
    if (leftMs <= Math.min(SMALL_MS, this.#budgetMs)) return true
    const isOverBudget = leftMs > this.#budgetMs
    if (this.#rounds >= (isOverBudget ? MAX_BUDGET_ROUNDS : MAX_ROUNDS)) return true
    return !isOverBudget && left > SHRINKS_BY * this.#leftBefore
  }

  /** Begins another round, of `left` changed records. It takes so much, or with Infinity goes on to its end. */
  beginRound(left: number, toSend = left): void {
    this.#inFirst ??= this.#records
    this.#rounds++
    this.#toSend = toSend
    this.#leftBefore = left
  }
}
