import type { Cargo } from './cargo.ts'
import type { CloneBytes } from './clone-bytes.ts'
import type { Migration } from './migration.ts'

/** How much of a state is copied: with all records of its tables, or with empty tables. */
export type CopyScope = 'whole' | 'rest'

/** A copy of a state, and how long encoding it took. */
export interface StateCopy extends Cargo {
  readonly serialiseMs: number
}

/** A state and what to run on it. Nothing of it is kept. */
export interface Conversion extends Cargo {
  readonly migration: Migration
}

/** Answer with a copy of the state, taken at the next message boundary while the process goes on. */
export interface CopyState {
  readonly type: 'copy-state'
  readonly number: number
  readonly slot: number
  readonly scope: CopyScope
}

/** Answer with copies of small states, of those processes that can give theirs at once: `undefined` for any other. */
export interface CopyStates {
  readonly type: 'copy-states'
  readonly number: number
  readonly slots: readonly number[]
  readonly scope: CopyScope
}

/** Decode, migrate and encode a copy, so that fault and cold code show before the pause. Answer with how long each step took. */
export interface Rehearse {
  readonly type: 'rehearse'
  readonly number: number
  readonly conversion: Conversion
}

/** {@link Rehearse} with many copies. Answer with how long each took: `undefined` for those that fail, or come to nothing at once. */
export interface RehearseAll {
  readonly type: 'rehearse-all'
  readonly number: number
  readonly migration: Migration
  readonly states: readonly CloneBytes[]
}

/** What main asks by the thousand, and gets {@link Answered}. */
export type Question = CopyState | CopyStates | Rehearse | RehearseAll

/** The answer to a {@link Question}. */
export interface Answered {
  readonly type: 'answered'
  readonly number: number
  readonly threw: boolean
  /** Where it threw, a {@link WireThrown}. */
  readonly value: unknown
}
