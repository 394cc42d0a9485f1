import { MAX_DELAY_MS } from '../timing/deadline.ts'
import { sharedNow } from '../protocol/clock.ts'
import type { TrialCell } from '../protocol/jobs/candidate.ts'

/** Ends a search whose thread does not come back: its signal is aborted when the time for imports, or for states, is over. */
export class SearchGuard {
  readonly #trial: TrialCell
  readonly #loadMs: number
  readonly #trialsMs: number
  readonly #created = sharedNow()
  readonly #abort = new AbortController()
  #timer: NodeJS.Timeout | undefined

  /** Both times in ms, the second from the moment at which the imports have ended. */
  constructor(trial: TrialCell, loadMs: number, trialsMs: number) {
    this.#trial = trial
    this.#loadMs = loadMs
    this.#trialsMs = trialsMs
    this.#wait()
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  /** The thread leaves the time at which it has begun in shared memory: one that loops tells nothing else. */
  #wait(): void {
    const { startedAt } = this.#trial
    const end = startedAt === 0 ? this.#created + this.#loadMs : startedAt + this.#trialsMs
    const left = end - sharedNow()
    if (left <= 0) return this.#abort.abort()
    // While it imports, it may begin at any time.
    const ms = Math.min(left, this.#trialsMs + 1, MAX_DELAY_MS)
    this.#timer = setTimeout(() => this.#wait(), ms)
  }
}
