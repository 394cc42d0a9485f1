import type { Activation } from '../../processes/activation.ts'
import { stoppedAmidst } from '../../processes/lifecycle.ts'
import type { Process } from '../../processes/process.ts'
import { MoultError } from '../../protocol/errors.ts'
import { withDeadline } from '../../timing/deadline.ts'
import type { HandOverOptions } from '../limits/hand-over-options.ts'

/**
 * Waits for the handlers in `old` that have let go of the state, before the process leaves there. The callers of those
 * that take too long are told. Undefined where nothing is to be waited for.
 */
export function drained(
  process: Process,
  old: Activation,
  { drainTimeoutMs, closing }: HandOverOptions,
): Promise<void> | undefined {
  const ended = process.messages.letGo?.ended(old)
  if (ended === undefined) return undefined
  const late = (): MoultError => tooLate(process, drainTimeoutMs)
  return withDeadline(ended, { timeoutMs: drainTimeoutMs, late, signal: closing }).catch(() => {
    const { label, messages } = process
    messages.failLetGo((message) => {
      return closing.aborted ? stoppedAmidst(label, message) : late()
    }, old)
  })
}

function tooLate({ label }: Process, drainTimeoutMs: number): MoultError {
  const expected = `at most ${drainTimeoutMs} ms`
  const message = `a handler of ${label} that had let go did not end in time behind an upgrade: ${expected}`
  return new MoultError('ISOLATE_EXITED', message, { process: label, expected })
}
