import { deserialise } from '../src/protocol/clone-bytes.ts'
import type { CloneBytes } from '../src/protocol/clone-bytes.ts'
import type { Migration } from '../src/protocol/messages.ts'
import { MoultError, isMoultError } from '../src/protocol/errors.ts'
import type { ErrorCode } from '../src/protocol/errors.ts'
import { isPromiseLike } from './promise-like.ts'
import { reasonOf } from '../src/protocol/reason.ts'
import type { LooseChange } from './loose-definition.ts'
import { serialiseState } from './state-bytes.ts'
import type { Version } from './version.ts'

/** In the new version: the old state becomes this version's, where a `codeChange` has to run. */
export function enterState(version: Version, old: unknown, migration: Migration): unknown {
  if (migration.by !== 'codeChange') return old
  return run('CODE_CHANGE_FAILED', (...given) => version.codeChange(...given), old, migration)
}

/** In the old version: its state becomes the older version's, where a `downgrade` has to run. */
export function leaveState(version: Version, state: unknown, migration: Migration): unknown {
  if (migration.by !== 'downgrade') return state
  return run('DOWNGRADE_FAILED', (...given) => version.downgrade(...given), state, migration)
}

/** The state as an older version's, in bytes. Of a copy, for the user's function may change what it is given and fail then. */
export async function downgraded(
  version: Version,
  state: unknown,
  migration: Migration,
): Promise<CloneBytes> {
  const copy = deserialise(serialiseState(state))
  return serialiseState(await leaveState(version, copy, migration))
}

function run(code: ErrorCode, change: LooseChange, state: unknown, migration: Migration): unknown {
  const { from, to, extra } = migration
  const fail = (cause: unknown): never => {
    if (isMoultError(cause, code)) throw cause
    const name = migration.by
    throw new MoultError(code, `${name} from ${from} to ${to} threw: ${reasonOf(cause)}`, {
      from,
      to,
      cause,
    })
  }
  try {
    const changed = change(state, { from, to, extra })
    return isPromiseLike(changed) ? Promise.resolve(changed).catch(fail) : changed
  } catch (cause) {
    return fail(cause)
  }
}
