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
  readonly was: string
  readonly is: string
}

/** Undefined where the kind is the same, or there was no state before. */
export function kindChange(was: string, state: unknown): KindChange | undefined {
  const is = stateKind(state)
  return was === is || was === 'undefined' || was === 'null' ? undefined : { was, is }
}
