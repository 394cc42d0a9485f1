import type { Migration } from '../../src/protocol/wire/migration.ts'
import { kindOf } from '../../src/protocol/bytes/object-kind.ts'
import type { Version } from './version.ts'

/** What kind of value a state is, coarsely. */
function stateKind(state: unknown): string {
  if (state === null) return 'null'
  if (typeof state !== 'object') return typeof state
  const kind = kindOf(state)
  return kind === 'bare' || kind === 'record' ? 'object' : kind === 'list' ? 'array' : kind
}

/** Warns of a migration that has made another kind of value of a state, which is seldom meant. */
export function warnOfKind(
  version: Version,
  old: unknown,
  changed: unknown,
  { by, from, to, mayChangeKind }: Migration,
): void {
  if (mayChangeKind === true || old === undefined || old === null) return
  const was = stateKind(old)
  const is = stateKind(changed)
  if (was === is) return
  const message = `${by} from ${from} to ${to} has made a state of the kind ${is} of one of the kind ${was}`
  version.warnOnce(message, { from, to, was, is })
}
