import type { Migration } from '../../src/protocol/wire/migration.ts'
import { kindOf } from '../../src/protocol/bytes/object-kind.ts'

/** What kind of value a state is, coarsely: a migration seldom means to change it. */
export function stateKind(state: unknown): string {
  if (state === null) return 'null'
  if (typeof state !== 'object') return typeof state
  const kind = kindOf(state)
  return kind === 'bare' || kind === 'record' ? 'object' : kind === 'list' ? 'array' : kind
}

/** A state of one kind that a migration has made of another kind. */
export interface KindChange {
  readonly from: string
  readonly to: string
  readonly was: string
  readonly is: string
}

/** Undefined where the kind is the same, or there was no state before. */
export function kindChange(
  was: string,
  state: unknown,
  { from, to }: Migration,
): KindChange | undefined {
  const is = stateKind(state)
  return was === is || was === 'undefined' || was === 'null' ? undefined : { from, to, was, is }
}
