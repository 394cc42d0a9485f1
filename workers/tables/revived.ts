import { isMoultError, withDetails } from '../../src/protocol/errors.ts'
import type { Migration } from '../../src/protocol/wire/migration.ts'

/** What `revive` makes of a state, or of a part of it, on its way from a version to another, both of which an error names. */
export function revived<State>({ from, to }: Migration, revive: () => State): State {
  try {
    return revive()
  } catch (error) {
    throw isMoultError(error) ? withDetails(error, { from, to }) : error
  }
}
