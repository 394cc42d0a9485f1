import type { Payload } from '../bytes/payload.ts'
import type { CloneBytes } from '../bytes/clone-bytes.ts'
import type { JoinedBytes } from '../bytes/joined-bytes.ts'
import type { Migration } from './migration.ts'

/** How much of a state is copied: with all records of its tables, or with empty tables. */
export type CopyScope = 'whole' | 'rest'

/** A copy of a state, and how long encoding it took. */
export interface StateCopy extends Payload {
  readonly serialiseMs: number
}

/** A state and what to run on it. Nothing of it is kept. */
export interface Conversion extends Payload {
  readonly migration: Migration
}

/** Answer with a copy of the state, taken at the next message boundary while the process goes on. */
export interface CopyState {
  readonly type: 'copy-state'
  readonly number: number
  readonly slot: number
  readonly scope: CopyScope
}

/** Answer with {@link CopiedStates}: small states, of those processes that can give theirs at once. */
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

/** Copies of small states, written into one piece, to be read as a whole. What states share, their copies share: they are for dry runs only. */
export interface CopiedStates {
  readonly bytes: CloneBytes
  /** Whose copies they are, in order. */
  readonly slots: readonly number[]
  /** How long each took, on the average. */
  readonly serialiseMs: number
}

/** {@link Rehearse} with many copies. Answer with `Entries`, when all have come to something. */
export interface RehearseAll {
  readonly type: 'rehearse-all'
  readonly number: number
  readonly migration: Migration
  readonly bytes: CloneBytes
  /** How many there are. */
  readonly count: number
}

/**
 * Suspend those processes that stand at a message boundary and have small states, and answer with {@link GivenStates}.
 * For any other nothing changes: it will suspend when it is asked on its own.
 */
export interface SuspendAll {
  readonly type: 'suspend-all'
  readonly number: number
  readonly slots: readonly number[]
  readonly attempts: readonly number[]
}

/** States that were given up. A list has an entry for each process that was asked. */
export interface GivenStates {
  readonly states: JoinedBytes
  readonly serialiseMs: readonly number[]
  /** When each process stopped, ms on the clock that all threads share. */
  readonly stoppedAt: readonly number[]
}

/** Processes that come to live in an isolate together, and how their states become its version's. */
export interface Arrivals {
  readonly slots: readonly number[]
  readonly ids: readonly string[]
  readonly names: readonly string[]
  readonly migration: Migration
  /** Whether the migrated states are to be proved cloneable before they count. */
  readonly verify: boolean
  /** Whether to wait for `Go` before handling messages. */
  readonly hold: boolean
  /** None is missing. */
  readonly states: JoinedBytes
}

/** Take these states over and go on with them. Answer with `Entries`, when all have come to something. */
export interface EnterAll extends Arrivals {
  readonly type: 'enter-all'
  readonly number: number
}

/** What main asks by the thousand, and gets an answer to. */
export type Request = CopyState | CopyStates | Rehearse | RehearseAll | SuspendAll | EnterAll
