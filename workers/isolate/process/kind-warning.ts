import type { Log } from '../../../src/protocol/definition/context.ts'
import type { KindChange } from '../../state/state-kind.ts'
import type { Version } from '../../state/version.ts'

/** Warns, once a version, that a migration has made another kind of value of a state, which is seldom meant. */
export function warnOfKind(version: Version, { from, to, was, is }: KindChange, log: Log): void {
  const message = `codeChange from ${from} to ${to} has made a state of the kind ${is} of one of the kind ${was}`
  if (version.isNews(message)) log.warn(message, { from, to, was, is })
}
