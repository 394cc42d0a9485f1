/** The shortest time (ms) for which a process serves after its first attempt. */
const LEAST_REST_MS = 10
/** How many times as long it serves after later ones, at most. */
const MAX_REST_FACTOR = 16
/** The shortest attempt (ms), however little may be used up. */
const LEAST_ATTEMPT_MS = 1

/** What bounds the attempts, in ms. */
export interface StallLimits {
  /** How long dispatch may be stopped while others could be handled. */
  readonly maxStallMs: number
  /** How long all attempts may take, and the time between them, as it is when the first begins. */
  readonly suspendMs: () => number
}

/**
 * The attempts to stop processes: how long each may take, and how long is served between two. That is longer after
 * each, for what failed often will fail again. Moments are ms on one clock.
 */
export class Stalls {
  readonly #limits: StallLimits
  #endsAt: number | undefined
  #failed = 0
  #isLast = false
  #budgetMs = Infinity
  #totalMs = 0

  constructor(limits: StallLimits) {
    this.#limits = limits
  }

  /** How long (ms) all attempts together may hold others up. Each is given half of what is left of it at most. */
  limit(budgetMs: number): void {
    this.#budgetMs = budgetMs
  }

  /** Other attempts with the same limits. */
  alike(): Stalls {
    const stalls = new Stalls(this.#limits)
    stalls.limit(this.#budgetMs)
    return stalls
  }

  /** How long (ms) attempts have held others up that came to nothing. */
  get totalMs(): number {
    return this.#totalMs
  }

  /** Whether no other attempt may follow the one that has begun last. */
  get isLast(): boolean {
    return this.#isLast
  }

  /** How long an attempt that begins now may take. One that holds nothing up may take all the time that is left. */
  begin(now: number, isFelt: boolean): number {
    this.#endsAt ??= now + this.#limits.suspendMs()
    const leftMs = this.leftMs(now)
    const attemptMs = isFelt ? Math.min(this.#longestMs, leftMs) : leftMs
    this.#isLast = attemptMs === leftMs
    return attemptMs
  }

  get #longestMs(): number {
    const shareMs = (this.#budgetMs - this.#totalMs) / 2
    return Math.min(this.#limits.maxStallMs, Math.max(shareMs, LEAST_ATTEMPT_MS))
  }

  /** An attempt came to nothing that has held others up for so long (ms). */
  fail(ms: number): void {
    this.#failed++
    this.#totalMs += ms
  }

  /** How long the process serves before the next attempt. There is always time for that one. */
  restMs(now: number): number {
    const { maxStallMs } = this.#limits
    const factor = Math.min(2 ** (this.#failed - 1), MAX_REST_FACTOR)
    const restMs = Math.max(maxStallMs, LEAST_REST_MS) * factor
    return Math.max(0, Math.min(restMs, this.leftMs(now) - maxStallMs))
  }

  /** How long all may still take. */
  leftMs(now: number): number {
    return this.#endsAt === undefined ? this.#limits.suspendMs() : Math.max(0, this.#endsAt - now)
  }

  /** What has been waited for has happened: the time for it begins anew. */
  renew(): void {
    this.#endsAt = undefined
  }
}
