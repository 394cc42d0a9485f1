import { MoultError, isMoultError } from '../../protocol/errors.ts'
import { reasonOf } from '../../protocol/reason.ts'
import type { Handled } from './verdict.ts'

/** The thread of the new version has ended. */
export function crashed(process: string, cause: MoultError): MoultError {
  const message = `the new version of ${process} died on probation: ${cause.message}`
  return failure(process, message, { cause })
}

/** More of its handlers have thrown than was allowed, or than of the old version. */
export function tooManyErrors(process: string, { messages, errors }: Handled): MoultError {
  const what = `${errors} errors in ${messages} messages`
  return failure(process, `the new version of ${process} had ${what} on probation`, {
    expected: 'no more errors than before',
    received: what,
  })
}

/** The check of the user has thrown, or returned false. */
export function checkFailed(process: string, cause: unknown): MoultError {
  if (isMoultError(cause, 'PROBATION_FAILED')) return cause
  const what = typeof cause === 'string' ? cause : `threw: ${reasonOf(cause)}`
  return failure(process, `the check of ${process} ${what}`, { cause })
}

/** The check of the user takes too long. */
export function checkLate(process: string, timeoutMs: number): MoultError {
  const expected = `at most ${timeoutMs} ms`
  return failure(process, `the check of ${process} did not end in time: ${expected}`, { expected })
}

/** It was well itself. */
export function rolledBackWith(process: string): MoultError {
  return failure(process, `the new version of ${process} was rolled back with that of others`)
}

function failure(
  process: string,
  message: string,
  details?: ConstructorParameters<typeof MoultError>[2],
): MoultError {
  return new MoultError('PROBATION_FAILED', message, { process, ...details })
}
