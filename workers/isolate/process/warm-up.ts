import { sizeOf } from '../../../src/protocol/bytes/payload.ts'
import type { Payload } from '../../../src/protocol/bytes/payload.ts'

/** So many runs in a row that are no faster than the fastest before are enough. */
const MOST_IN_VAIN = 3

/** Each run needs a copy of the buffers that go beside a state: with more bytes than this there is one run. */
const MOST_ATTACHED_BYTES = 2 ** 20

/** Whether a copy of a state is quickly copied once more. */
export function isQuicklyCopied(payload: Payload): boolean {
  return sizeOf(payload) - payload.bytes.byteLength <= MOST_ATTACHED_BYTES
}

/**
 * Runs a migration again and again, as long as that makes it faster and there is time (ms): once without any.
 * @param isLast whether what a run came to is to be told.
 */
export async function runUntilWarm<Result>(
  budgetMs: number,
  run: () => Result | Promise<Result>,
  isLast: (result: Result) => boolean = () => false,
): Promise<{ readonly result: Result; readonly runs: number; readonly lastMs: number }> {
  const warmUp = new WarmUp(budgetMs)
  for (let runs = 1; ; runs++) {
    const began = performance.now()
    const result = await run()
    const lastMs = performance.now() - began
    if (budgetMs === 0 || isLast(result) || warmUp.isEnough()) return { result, runs, lastMs }
    // What else the thread is asked comes between.
    await new Promise(setImmediate)
    warmUp.begin()
  }
}

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
