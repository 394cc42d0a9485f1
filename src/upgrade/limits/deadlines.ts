import { withDeadline } from '../../timing/deadline.ts'
import type { Isolate } from '../../isolates/isolate.ts'
import { MoultError, isMoultError } from '../../protocol/errors.ts'
import type { HandOverOptions } from './hand-over-options.ts'

type DeadlineOptions = Pick<
  HandOverOptions,
  'path' | 'signal' | 'suspendTimeoutMs' | 'codeChangeTimeoutMs' | 'exitGraceMs'
>

/**
 * A batch waits this long (ms) for a busy thread. Then each of its processes waits on its own. So does what can be done
 * without.
 */
export const BATCH_DEADLINE_MS = 1000

/**
 * How long (ms) migrations that are tried side by side may hold their thread, by the time that each has: then each is
 * tried alone, and has all of it.
 */
export function sideBySideMs(codeChangeTimeoutMs: number): number {
  return Math.min(BATCH_DEADLINE_MS, codeChangeTimeoutMs / 4)
}

/**
 * The deadlines of the upgrade of one process, and the errors when they pass. All steps that wait for its message
 * boundary share one `suspendTimeoutMs`: what was waited for in vain is not waited for once more.
 */
export class Deadlines {
  readonly #process: string
  readonly #options: DeadlineOptions
  /** How long (ms) its thread was waited for in vain. */
  #waitedMs = 0

  constructor(process: string, options: DeadlineOptions) {
    this.#process = process
    this.#options = options
  }

  /** What is left (ms) of the time for a suspend. */
  get suspendMs(): number {
    return Math.max(0, this.#options.suspendTimeoutMs - this.#waitedMs)
  }

  /** `work`, within what is left of the time for a suspend. `what` names the work in the error. */
  suspend<Value>(work: Promise<Value>, what?: string): Promise<Value> {
    return this.within(work, this.suspendMs, () => this.suspendLate(what))
  }

  /**
   * `work` in the thread of the process that can be done without, within a part of the time for a suspend. Undefined
   * where the thread was busy: then there is so much less time for what follows, also for `others` that live there.
   */
  soon<Value>(
    work: Promise<Value>,
    longestMs = BATCH_DEADLINE_MS,
    others: () => readonly Deadlines[] = () => [],
  ): Promise<Value | undefined> {
    const timeoutMs = Math.min(longestMs, this.suspendMs)
    const { signal } = this.#options
    let isLate = false
    const late = (): Error => {
      isLate = true
      this.#waitedMs += timeoutMs
      for (const each of others()) each.#waitedMs += timeoutMs
      return new Error('busy')
    }
    return withDeadline<Value | undefined>(work, { timeoutMs, late, signal }).catch(
      (error: unknown) => {
        if (isLate) return undefined
        throw error
      },
    )
  }

  /** The error where that time has passed. */
  suspendLate(what = 'reach a message boundary'): MoultError {
    const { suspendTimeoutMs: ms } = this.#options
    return late('SUSPEND_TIMEOUT', this.#process, what, ms, this.#options)
  }

  /** `work`, within the time for a migration. `what` names the work in the error. */
  codeChange<Value>(work: Promise<Value>, what: string): Promise<Value> {
    const { codeChangeTimeoutMs: ms } = this.#options
    return this.within(work, ms, () => codeChangeLate(this.#process, what, this.#options))
  }

  /**
   * The same for a user's code in `isolates` that host other processes. Code that waits for ever can be left alone.
   * Code that loops for ever blocks the other processes there: its thread is ended.
   */
  async codeChangeIn<Value>(
    isolates: readonly Isolate[],
    work: Promise<Value>,
    what: string,
  ): Promise<Value> {
    try {
      return await this.codeChange(work, what)
    } catch (error) {
      // The deadline is the time until the caller knows: it is not put off until a held thread has ended.
      if (this.isGivenUp(error)) for (const each of isolates) void this.#endIfHeld(each)
      throw error
    }
  }

  /** Only for an isolate with processes; the owner of another one ends it. */
  async #endIfHeld(isolate: Isolate): Promise<void> {
    if (isolate.slots.occupied === 0) return
    await isolate.endIfHeld(this.#options.exitGraceMs)
  }

  /** `work` with a deadline that the upgrade's signal can bring forward. */
  within<Value>(work: Promise<Value>, timeoutMs: number, late: () => MoultError): Promise<Value> {
    return withDeadline(work, { timeoutMs, late, signal: this.#options.signal })
  }

  /** Whether main stopped waiting, rather than the isolate refused. An abort counts, whatever its reason. */
  isGivenUp(error: unknown): boolean {
    return isLate(error) || this.#options.signal.aborted
  }
}

/** Whether an error is that of a deadline that has passed, or of an abort: its caller is not to wait for what is undone. */
export function isLate(error: unknown): boolean {
  return isMoultError(error) && lateCodes.has(error.code)
}

const lateCodes: ReadonlySet<string> = new Set([
  'SUSPEND_TIMEOUT',
  'CODE_CHANGE_TIMEOUT',
  'UPGRADE_ABORTED',
])

/** The error of an upgrade whose migration did not do `what` in time. */
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
