import { MoultError } from './errors.ts'
import type { ErrorDetails } from './errors.ts'
import { hintOf } from './nearest-name.ts'

/** Says that there is no event of a name, and which there are. `where` is what was asked, and of whom. */
export function unknownEvent(
  where: string,
  name: string,
  known: readonly string[],
  details: ErrorDetails,
): MoultError {
  const expected = known.length === 0 ? 'no event at all' : `one of ${known.join(', ')}`
  const message = `${where} has no event '${name}'${hintOf(name, known)}; expected ${expected}`
  return new MoultError('UNKNOWN_EVENT', message, { ...details, expected, received: name })
}
