import { withDetails } from '../../protocol/errors.ts'
import type { MoultError } from '../../protocol/errors.ts'

/** The error of a rolling upgrade that also says in words at whom it stopped, and how far it had come. */
export function withFigures(error: MoultError): MoultError {
  const { moved, remaining = 0, process, message } = error
  if (moved === undefined) return error
  const name = process === undefined || message.includes(process) ? '' : ` (${process})`
  const figures = `${moved} of ${moved + remaining} had been moved`
  return withDetails(error, {}, `${message}${name}; ${figures}`)
}
