import { MoultError } from '../../protocol/errors.ts'

/** What one process's hand-over is thought to take, in ms, by what was measured. */
export interface PauseEstimate {
  readonly process: string
  /** The threads that it leaves and enters: processes that share one wait for each other. */
  readonly from: unknown
  readonly to: unknown
  readonly leaveMs: number
  readonly enterMs: number
  /** Records of tables that are left for the pause, and how long they take. */
  readonly recordsLeft: number
  readonly recordsMs: number
}

/** How the pause of an upgrade compared with what was allowed, in ms. */
export interface BudgetReport {
  readonly maxPauseMs: number
  /** What it was thought to be before anything was suspended. */
  readonly estimatedMs: number
  /** Whether it was longer than allowed all the same. */
  readonly isExceeded: boolean
}

/** The ways between the threads (ms): what a hand-over takes that has nothing to hand over. */
export const TRAVEL_MS = 0.5

/** How long processes that are upgraded together will stand still: until the last of them is ready. */
export function estimatedPause(estimates: readonly PauseEstimate[]): number {
  if (estimates.length === 0) return 0
  const leaving = slowest(estimates, ({ from, leaveMs }) => [from, leaveMs])
  const entering = slowest(estimates, ({ to, enterMs, recordsMs }) => [to, enterMs + recordsMs])
  return TRAVEL_MS + leaving + entering
}

/** The longest time that a thread has to work, for threads work side by side. */
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

/** How long the pause of one upgrade may be. */
export class PauseBudget {
  readonly #maxPauseMs: number
  #estimatedMs = 0

  constructor(maxPauseMs: number) {
    this.#maxPauseMs = maxPauseMs
  }

  /** Whether somebody has said how long it may be. */
  get isLimited(): boolean {
    return this.#maxPauseMs < Infinity
  }

  /** Of processes that are moved together. @throws MoultError `PAUSE_TOO_LONG` with the figures. */
  check(estimates: readonly PauseEstimate[]): void {
    const pauseMs = estimatedPause(estimates)
    this.#estimatedMs = Math.max(this.#estimatedMs, pauseMs)
    if (pauseMs > this.#maxPauseMs) throw this.#tooLong(estimates, pauseMs)
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

  /** Nothing where nobody has said how long it may be. */
  report(pauseMs: number): { readonly budget?: BudgetReport } {
    const maxPauseMs = this.#maxPauseMs
    if (!this.isLimited) return {}
    const isExceeded = pauseMs > maxPauseMs
    return { budget: { maxPauseMs, estimatedMs: this.#estimatedMs, isExceeded } }
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
