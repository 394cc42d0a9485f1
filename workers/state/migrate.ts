import { extraOf } from '../../src/protocol/wire/migration.ts'
import type { Migration } from '../../src/protocol/wire/migration.ts'
import { MoultError, isMoultError } from '../../src/protocol/errors.ts'
import type { ErrorCode } from '../../src/protocol/errors.ts'
import { isPromiseLike, whenReady } from '../../src/protocol/promise-like.ts'
import { reasonOf } from '../../src/protocol/reason.ts'
import type { LooseChange } from '../definition/loose-step.ts'
import { warnOfKind } from './state-kind.ts'
import type { Version } from './version.ts'

/** In the new version: runs a `codeChange`, if there is one, on the old state. */
export function enterState(version: Version, old: unknown, migration: Migration): unknown {
  if (migration.by !== 'codeChange') return old
  return run(version, (...given) => version.codeChange(...given), old, migration)
}

/** In the old version: runs a `downgrade`, if there is one, on its state. */
export function leaveState(version: Version, state: unknown, migration: Migration): unknown {
  if (migration.by !== 'downgrade') return state
  return run(version, (...given) => version.downgrade(...given), state, migration)
}

/**
 * Runs a user's function.
 * @throws MoultError `CODE_CHANGE_FAILED`, `DOWNGRADE_FAILED`, with its error as the cause, or because it returned
 * undefined.
 */
export function run(
  version: Version,
  change: LooseChange,
  state: unknown,
  migration: Migration,
): unknown {
  const { from, to } = migration
  const extra = extraOf(migration)
  const fail = (cause: unknown): never => {
    throw thrownBy(migration, cause)
  }
  const judged = (changed: unknown): unknown => {
    if (changed === undefined && state !== undefined) throw noState(migration)
    warnOfKind(version, state, changed, migration)
    return changed
  }
  try {
    const changed = whenReady(change(state, { from, to, extra }), judged)
    return isPromiseLike(changed) ? Promise.resolve(changed).catch(fail) : changed
  } catch (cause) {
    return fail(cause)
  }
}

/** A migration that changes the state in place, as handlers do, returns nothing: the state would be lost. */
function noState(migration: Migration): MoultError {
  const { by, from, to } = migration
  const message = `${by} from ${from} to ${to} returned undefined: is a return missing?`
  const details = { from, to, expected: 'a state', received: 'undefined' }
  return new MoultError(failureOf(migration), message, details)
}

/** The error of a migration whose function threw, or left an error unhandled. */
export function thrownBy(migration: Migration, cause: unknown): MoultError {
  const { by, from, to } = migration
  const code = failureOf(migration)
  if (isMoultError(cause, code)) return cause
  const message = `${by} from ${from} to ${to} threw: ${reasonOf(cause)}`
  return new MoultError(code, message, { from, to, cause })
}

function failureOf({ by }: Migration): ErrorCode {
  return by === 'downgrade' ? 'DOWNGRADE_FAILED' : 'CODE_CHANGE_FAILED'
}
