import { MoultError } from '../../protocol/errors.ts'

/** The estimated times of one hand-over, in ms, by measurements. */
export interface PauseEstimate {
  readonly process: string
  /** The threads that the process leaves and enters. Processes of one thread wait for each other. */
  readonly from: unknown
  readonly to: unknown
  readonly leaveMs: number
  readonly enterMs: number
  /** Records of tables left for the pause, and the time they take. */
  readonly recordsLeft: number
  readonly recordsMs: number
}

/** The time for which processes stood still against its budget, in ms. */
export interface BudgetReport {
  readonly maxPauseMs: number
  /** The longest for which a process stood still, all attempts to stop it included. */
  readonly stoodStillMs: number
  /** The estimate before anything was suspended. */
  readonly estimatedMs: number
  /** Whether it was longer than allowed. */
  readonly isExceeded: boolean
}

/** The travel between threads (ms): the time of a hand-over of an empty state. */
export const TRAVEL_MS = 0.5

/** The estimated pause of processes that are upgraded together: until the last of them is ready. */
export function estimatedPause(estimates: readonly PauseEstimate[]): number {
  if (estimates.length === 0) return 0
  const leaving = slowest(estimates, ({ from, leaveMs }) => [from, leaveMs])
  const entering = slowest(estimates, ({ to, enterMs, recordsMs }) => [to, enterMs + recordsMs])
  return TRAVEL_MS + leaving + entering
}

/** The time of the thread with the most work. Threads work in parallel. */
function slowest(
  estimates: readonly PauseEstimate[],
  workOf: (estimate: PauseEstimate) => [thread: unknown, ms: number],
): number {
  const threads = new Map<unknown, number>()
  for (const [thread, ms] of estimates.map(workOf)) {
    threads.set(thread, (threads.get(thread) ?? 0) + ms)
  }
  return Math.max(...threads.values())
}

/** The budget for the pause of one upgrade. */
export class PauseBudget {
  readonly #maxPauseMs: number
  #estimatedMs = 0

  constructor(maxPauseMs: number) {
    this.#maxPauseMs = maxPauseMs
  }

  /** Whether there is a limit. */
  get isLimited(): boolean {
    return this.#maxPauseMs < Infinity
  }

  /**
   * Checks the estimates of processes that are moved together.
   * @returns how long (ms) attempts to stop them may hold messages up.
   * @throws MoultError `PAUSE_TOO_LONG` with the figures.
   */
  check(estimates: readonly PauseEstimate[]): number {
    const pauseMs = estimatedPause(estimates)
    this.#estimatedMs = Math.max(this.#estimatedMs, pauseMs)
    if (pauseMs > this.#maxPauseMs) throw this.#tooLong(estimates, pauseMs)
    return this.#maxPauseMs - pauseMs
  }

  #tooLong(estimates: readonly PauseEstimate[], pauseMs: number): MoultError {
    const longest = [...estimates].sort((a, b) => totalOf(b) - totalOf(a))[0]
    const expected = `at most ${this.#maxPauseMs} ms`
    const received = `some ${formatMs(pauseMs)} ms`
    const parts = longest === undefined ? '' : `; ${partsOf(longest)}`
    const message = `the pause would be ${received}, and ${expected} are allowed${parts}`
    const details = { ...(longest && { process: longest.process }), expected, received }
    return new MoultError('PAUSE_TOO_LONG', message, details)
  }

  /** The part of a report on the budget; empty without a limit. */
  report(stoodStillMs: number): { readonly budget?: BudgetReport } {
    const maxPauseMs = this.#maxPauseMs
    if (!this.isLimited) return {}
    const isExceeded = stoodStillMs > maxPauseMs
    return { budget: { maxPauseMs, stoodStillMs, estimatedMs: this.#estimatedMs, isExceeded } }
  }
}

function partsOf({ process, leaveMs, enterMs, recordsLeft, recordsMs }: PauseEstimate): string {
  const records = `${recordsLeft} records that keep changing ${formatMs(recordsMs)}`
  return `${process}: leaving ${formatMs(leaveMs)}, entering ${formatMs(enterMs)}, ${records}, ways ${TRAVEL_MS}`
}

function totalOf({ leaveMs, enterMs, recordsMs }: PauseEstimate): number {
  return leaveMs + enterMs + recordsMs
}

function formatMs(ms: number): string {
  return ms.toFixed(ms < 10 ? 1 : 0)
}
