import { MoultError, isMoultError } from '../protocol/errors.ts'
import { unlessAborted } from './abort.ts'
import type { HandOverOptions } from './hand-over-options.ts'

type PatienceOptions = Pick<
  HandOverOptions,
  'route' | 'signal' | 'suspendTimeoutMs' | 'codeChangeTimeoutMs'
>

/** How long the hand-over of one process waits for an isolate, and what it says when that was too long. */
export class Patience {
  readonly #process: string
  readonly #options: PatienceOptions

  constructor(process: string, options: PatienceOptions) {
    this.#process = process
    this.#options = options
  }

  /** `work`, unless the process does not do `what` in the time it has to reach a message boundary. */
  suspend<Value>(work: Promise<Value>, what = 'reach a message boundary'): Promise<Value> {
    const { suspendTimeoutMs: ms } = this.#options
    return this.within(work, ms, () => this.#late('SUSPEND_TIMEOUT', what, ms))
  }

  /** `work`, unless the process does not do `what` in the time that the migration of its state has. */
  codeChange<Value>(work: Promise<Value>, what: string): Promise<Value> {
    const { codeChangeTimeoutMs: ms } = this.#options
    return this.within(work, ms, () => this.#late('CODE_CHANGE_TIMEOUT', what, ms))
  }

  /** `work` with a deadline that the upgrade's signal can bring forward. */
  within<Value>(work: Promise<Value>, ms: number, late: () => MoultError): Promise<Value> {
    return unlessAborted(work, this.#options.signal, ms, late)
  }

  #late(code: 'SUSPEND_TIMEOUT' | 'CODE_CHANGE_TIMEOUT', what: string, ms: number): MoultError {
    const { from } = this.#options.route.leave
    const { to } = this.#options.route.enter
    const message = `${this.#process} did not ${what} within ${ms} ms`
    const details = { process: this.#process, from, to, expected: `at most ${ms} ms` }
    return new MoultError(code, message, details)
  }

  /** Whether main stopped waiting, as opposed to the isolate saying no. An abort counts whatever its reason is. */
  isGivenUp(error: unknown): boolean {
    const isLate =
      isMoultError(error, 'SUSPEND_TIMEOUT') || isMoultError(error, 'CODE_CHANGE_TIMEOUT')
    return isLate || this.#options.signal.aborted
  }
}
