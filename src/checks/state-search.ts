import { randomInt } from 'node:crypto'
import { JobPool } from '../isolates/job-pool.ts'
import type { CloneBytes } from '../protocol/bytes/clone-bytes.ts'
import { wrongValue } from '../protocol/wrong-value.ts'
import { MoultError } from '../protocol/errors.ts'
import type {
  FaultKind,
  PrintRequest,
  SearchFault,
  SearchRefusal,
  SearchRequest,
  SearchResult,
} from '../protocol/jobs/search.ts'
import type { StateShape } from '../protocol/jobs/state-shape.ts'
import { decodeError } from '../protocol/wire/thrown.ts'
import { CandidateCell } from '../protocol/jobs/candidate.ts'
import { SearchGuard } from './search-guard.ts'
import { reasonOf } from '../protocol/reason.ts'

/** How long (ms) the thread is kept when there is nothing to search. */
const IDLE_MS = 2_000

/** What is searched, and for how long. */
export interface StateSearchOptions {
  /** `file:` URLs of the images of the two versions. */
  readonly older: string
  readonly newer: string
  /** The state's shape by the older version's type; used where its schema cannot be read. */
  readonly shape?: StateShape
  /** States of running processes, as bytes. Default none. */
  readonly samples?: readonly CloneBytes[]
  /** How many states are tried. Default 1,000; more where there are more samples. */
  readonly runs?: number
  /** A whole number of 32 bits; the same one tries the same states. Default a random one. */
  readonly seed?: number
  /** How long (ms) states are tried; the best find until then counts. Default 30,000. */
  readonly limitMs?: number
  /** How long (ms) the last state may take beyond that; then its thread is ended. Default 5,000. */
  readonly graceMs?: number
  /** How long (ms) the imports may take. Default 30,000. */
  readonly loadTimeoutMs?: number
  /** Faults that are ignored, to see the faults behind them. Default none. */
  readonly ignore?: readonly FaultKind[]
}

/** Looks for states on which a migration fails, in a thread of its own. */
export class StateSearch {
  readonly #pool = new JobPool({ name: 'the search for states', idleMs: IDLE_MS })
  /** One search after the other: the time of each begins when it begins. */
  #last: Promise<unknown> = Promise.resolve()

  /**
   * Tries states until one has a fault, then simpler states with the same fault.
   * @throws MoultError `FAST_CHECK_MISSING`, `LOAD_FAILED`, `LOAD_TIMEOUT`, `ISOLATE_EXITED` (while it was imported),
   * `NOT_A_DEFINITION`, `NO_MIGRATION`, `INVALID_OPTION`, `RUNTIME_CLOSED`.
   */
  search(options: StateSearchOptions): Promise<SearchResult> {
    checkNumbers(options)
    const result = this.#last.then(() => this.#search(options))
    this.#last = result.catch(() => undefined)
    return result
  }

  /** Ends a search that is under way, too: it rejects with `RUNTIME_CLOSED`. */
  async close(): Promise<void> {
    await this.#pool.close()
  }

  async #search(options: StateSearchOptions): Promise<SearchResult> {
    const { older, newer, shape, samples = [], ignore = [], runs = 1000 } = options
    const { seed = randomInt(2 ** 31), limitMs = 30_000, graceMs = 5_000 } = options
    const candidate = new CandidateCell()
    const known = {
      older,
      newer,
      samples,
      runs,
      seed,
      limitMs,
      ignore,
      candidate: candidate.memory,
    }
    const request: SearchRequest = shape === undefined ? known : { ...known, shape }
    const guard = new SearchGuard(candidate, options.loadTimeoutMs ?? 30_000, limitMs + graceMs)
    const { signal } = guard
    try {
      const found: unknown = await this.#pool.run('search', request, signal)
      const answer = found as SearchResult | SearchRefusal
      if (answer.kind !== 'refused') return answer
      throw decodeError(answer.thrown)
    } catch (cause) {
      if (cause instanceof MoultError) throw cause
      return await this.#dead(cause, candidate, request, signal.aborted)
    } finally {
      guard.stop()
    }
  }

  /**
   * The thread is gone: it died of the last state that it tried. That state is not made simpler, and discarded or
   * simplified states are counted with the rest.
   */
  async #dead(
    cause: unknown,
    candidate: CandidateCell,
    { seed, newer }: SearchRequest,
    isLate: boolean,
  ): Promise<SearchFault> {
    const reason = reasonOf(cause)
    if (candidate.begun === 0) throw neverBegan(isLate, newer, cause)
    const { state } = candidate
    const message = isLate
      ? `the migration had not ended when the search had to`
      : `the migration ended its thread: ${reason}`
    return {
      kind: 'fault',
      fault: isLate ? 'never-ends' : 'exits',
      state,
      printed: state && (await this.#print(state)),
      detail: { message, paths: [] },
      seed,
      runs: candidate.begun,
      discarded: 0,
      sources: [],
      shrinks: 0,
    }
  }

  #print(state: CloneBytes): Promise<string> {
    const request: PrintRequest = { print: state }
    return this.#pool.run('search', request) as Promise<string>
  }
}

function neverBegan(isLate: boolean, file: string, cause: unknown): MoultError {
  if (isLate) {
    const message = 'the versions were not imported before the search had to end'
    return new MoultError('LOAD_TIMEOUT', message, { file, cause })
  }
  const message = 'the thread ended while the versions were imported'
  return new MoultError('ISOLATE_EXITED', message, { file, cause })
}

function checkNumbers(options: StateSearchOptions): void {
  const { runs = 1, seed = 0, limitMs = 0, graceMs = 0, loadTimeoutMs = 0 } = options
  const isCount = Number.isInteger(runs) && runs > 0
  check('runs', isCount, 'a whole number from 1', runs)
  check('seed', Number.isInteger(seed) && seed === (seed | 0), 'a whole number of 32 bits', seed)
  check('limitMs', limitMs >= 0, 'a number of ms from 0', limitMs)
  check('graceMs', graceMs >= 0, 'a number of ms from 0', graceMs)
  check('loadTimeoutMs', loadTimeoutMs >= 0, 'a number of ms from 0', loadTimeoutMs)
}

function check(path: string, isRight: boolean, expected: string, value: unknown): void {
  if (!isRight) throw wrongValue('search', path, expected, value)
}
