import { withDeadline } from '../../timing/deadline.ts'
import type { Isolate } from '../../isolates/isolate.ts'
import { MoultError, isMoultError } from '../../protocol/errors.ts'
import type { HandOverOptions } from './hand-over-options.ts'

type DeadlineOptions = Pick<
  HandOverOptions,
  'path' | 'signal' | 'suspendTimeoutMs' | 'codeChangeTimeoutMs' | 'exitGraceMs'
>

/** A thread that is busy for longer than this (ms) is not waited for by many processes together: each of them waits on its own. */
export const BATCH_DEADLINE_MS = 1000

/** How long the hand-over of one process waits for an isolate, and what it says when that was too long. */
export class Deadlines {
  readonly #process: string
  readonly #options: DeadlineOptions

  constructor(process: string, options: DeadlineOptions) {
    this.#process = process
    this.#options = options
  }

  /** `work`, unless the process does not do `what` in the time it has to reach a message boundary. */
  suspend<Value>(work: Promise<Value>, what = 'reach a message boundary'): Promise<Value> {
    const { suspendTimeoutMs: ms } = this.#options
    return this.within(work, ms, () => {
      return late('SUSPEND_TIMEOUT', this.#process, what, ms, this.#options)
    })
  }

  /** `work`, unless the process does not do `what` in the time that the migration of its state has. */
  codeChange<Value>(work: Promise<Value>, what: string): Promise<Value> {
    const { codeChangeTimeoutMs: ms } = this.#options
    return this.within(work, ms, () => codeChangeLate(this.#process, what, this.#options))
  }

  /**
   * The same for what the user's code does in `isolates` while others live there. Code that waits for ever can be left alone;
   * code that loops for ever holds the thread, and with it the other processes there: the thread is ended.
   */
  async codeChangeIn<Value>(
    isolates: readonly Isolate[],
    work: Promise<Value>,
    what: string,
  ): Promise<Value> {
    try {
      return await this.codeChange(work, what)
    } catch (error) {
      if (this.isGivenUp(error)) await Promise.all(isolates.map((each) => this.#endIfHeld(each)))
      throw error
    }
  }

  /** An isolate without processes is ended by its owner. */
  async #endIfHeld(isolate: Isolate): Promise<void> {
    if (isolate.slots.occupied === 0) return
    await isolate.endIfHeld(this.#options.exitGraceMs)
  }

  /** `work` with a deadline that the upgrade's signal can bring forward. */
  within<Value>(work: Promise<Value>, timeoutMs: number, late: () => MoultError): Promise<Value> {
    return withDeadline(work, { timeoutMs, late, signal: this.#options.signal })
  }

  /** Whether main stopped waiting, as opposed to the isolate saying no. An abort counts whatever its reason is. */
  isGivenUp(error: unknown): boolean {
    const isLate =
      isMoultError(error, 'SUSPEND_TIMEOUT') || isMoultError(error, 'CODE_CHANGE_TIMEOUT')
    return isLate || this.#options.signal.aborted
  }
}

/** What an upgrade fails with when the migration of a state did not do `what` in its time. */
export function codeChangeLate(
  process: string,
  what: string,
  options: DeadlineOptions,
): MoultError {
  return late('CODE_CHANGE_TIMEOUT', process, what, options.codeChangeTimeoutMs, options)
}

function late(
  code: 'SUSPEND_TIMEOUT' | 'CODE_CHANGE_TIMEOUT',
  process: string,
  what: string,
  ms: number,
  { path: { leave, enter } }: DeadlineOptions,
): MoultError {
  const message = `${process} did not ${what} within ${ms} ms`
  const details = { process, from: leave.from, to: enter.to, expected: `at most ${ms} ms` }
  return new MoultError(code, message, details)
}
