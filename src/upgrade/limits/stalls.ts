/** The shortest time (ms) for which a process serves after its first attempt. */
const LEAST_REST_MS = 10
/** How many times as long it serves after later ones, at most. */
const MAX_REST_FACTOR = 16

/** What bounds the attempts, in ms. */
export interface StallLimits {
  /** How long dispatch may be stopped while others could be handled. */
  readonly maxStallMs: number
  /** How long all attempts may take, and the time between them. */
  readonly suspendTimeoutMs: number
}

/**
 * The attempts to stop one process: how long each may take, and how long the process serves between two. It serves
 * longer after each, for what failed often will fail again. Moments are ms on one clock.
 */
export class Stalls {
  readonly #limits: StallLimits
  #endsAt: number | undefined
  #failed = 0
  #isLast = false

  constructor(limits: StallLimits) {
    this.#limits = limits
  }

  /** How many attempts have failed. */
  get failed(): number {
    return this.#failed
  }

  /** Whether no other attempt may follow the one that has begun last. */
  get isLast(): boolean {
    return this.#isLast
  }

  /** How long an attempt that begins now may take. One that holds nothing up may take all the time that is left. */
  begin(now: number, isFelt: boolean): number {
    this.#endsAt ??= now + this.#limits.suspendTimeoutMs
    const leftMs = this.leftMs(now)
    const attemptMs = isFelt ? Math.min(this.#limits.maxStallMs, leftMs) : leftMs
    this.#isLast = attemptMs === leftMs
    return attemptMs
  }

  /** The attempt that has begun last came to nothing. */
  fail(): void {
    this.#failed++
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
    const { suspendTimeoutMs } = this.#limits
    return this.#endsAt === undefined ? suspendTimeoutMs : Math.max(0, this.#endsAt - now)
  }

  /** What has been waited for has happened: the time for it begins anew. */
  renew(): void {
    this.#endsAt = undefined
  }
}
