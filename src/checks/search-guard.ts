import { MAX_DELAY_MS } from '../timing/deadline.ts'
import { sharedNow } from '../protocol/clock.ts'
import type { CandidateCell } from '../protocol/jobs/candidate.ts'

/** Ends a search whose thread hangs: aborts its signal when the time for imports, or for states, is over. */
export class SearchGuard {
  readonly #candidate: CandidateCell
  readonly #loadMs: number
  readonly #candidatesMs: number
  readonly #created = sharedNow()
  readonly #abort = new AbortController()
  #timer: NodeJS.Timeout | undefined

  /** Both times in ms, the second from the moment at which the imports have ended. */
  constructor(candidate: CandidateCell, loadMs: number, candidatesMs: number) {
    this.#candidate = candidate
    this.#loadMs = loadMs
    this.#candidatesMs = candidatesMs
    this.#wait()
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  /** The thread writes the time of its start to shared memory: a thread that loops can say nothing else. */
  #wait(): void {
    const { startedAt } = this.#candidate
    const end = startedAt === 0 ? this.#created + this.#loadMs : startedAt + this.#candidatesMs
    const left = end - sharedNow()
    if (left <= 0) return this.#abort.abort()
    // While it imports, it may begin at any time.
    const ms = Math.min(left, this.#candidatesMs + 1, MAX_DELAY_MS)
    this.#timer = setTimeout(() => this.#wait(), ms)
  }
}
