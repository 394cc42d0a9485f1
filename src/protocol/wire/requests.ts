import type { JoinedBytes } from '../bytes/joined-bytes.ts'
import type { CheckpointRule } from '../definition/checkpoint-rule.ts'
import type { Self } from '../definition/context.ts'
import type { Payload } from '../bytes/payload.ts'
import type { Entries } from './entries.ts'
import type { Migration } from './migration.ts'

/**
 * What main asks when processes move, as batches of 1…n that live in one isolate. One process alone is waited for until
 * its message boundary. Of several only those take part that stand at theirs and have small states: for the others
 * nothing happens, and each is asked for alone. So no process of a batch waits for the handler of another.
 */
export type Request = CopyStates | TryStates | SuspendBatch | EnterBatch

/**
 * How much of a state is copied: with all records of its tables, or with empty tables. `'ahead'`: a copy is kept where
 * the state is sent ahead, unless it has to go as a whole.
 */
export type CopyScope = 'whole' | 'rest' | 'ahead'

/** A state and what to run on it. Nothing of it is kept. */
export interface Conversion extends Payload {
  readonly migration: Migration
  /** Id of the process, where its state may have gone ahead. */
  readonly ahead?: string | undefined
  /** How long (ms) a copy may be migrated again to make the code there fast: 0 for what is no copy. */
  readonly warmMs: number
}

/** A state that has been migrated on its way. */
export interface Converted extends Payload {
  /** How long the last run took. */
  readonly convertMs: number
}

/** Answer with {@link CopiedStates}, while the processes go on. */
export interface CopyStates {
  readonly type: 'copy'
  readonly number: number
  readonly slots: readonly number[]
  readonly scope: CopyScope
}

/** Copies of states, written into one piece. What states share, their copies share: they are for dry runs only. */
export interface CopiedStates extends Payload {
  /** Whose copies they are, in order. */
  readonly slots: readonly number[]
  /** How long each took, on the average. */
  readonly serialiseMs: number
  /** Whether the copy of a state that is alone has been kept where the state is sent ahead. */
  readonly isAhead?: boolean
}

/**
 * Decode, migrate and prove copies, so that fault and cold code show before the pause. Answer with {@link TriedStates}.
 */
export interface TryStates {
  readonly type: 'try'
  readonly number: number
  readonly copies: Payload
  /** How many there are. */
  readonly count: number
  readonly migration: Migration
  /** How long (ms) one that is alone may be tried again to make the code fast. */
  readonly warmMs: number
  /** Whose copies they are, where what they open beside the state is to be tried as well. */
  readonly owners?: readonly Pick<Self, 'id' | 'name'>[] | undefined
}

/** What became of copies. */
export interface TriedStates extends Entries {
  /** How often each was tried. The times are those of the last. */
  readonly runs: number
}

/** Stop at a message boundary and answer with {@link ExportedStates}. */
export interface SuspendBatch {
  readonly type: 'suspend'
  readonly number: number
  readonly slots: readonly number[]
  /** Of each: tells a suspend that was withdrawn from the one that counts. */
  readonly attempts: readonly number[]
  readonly migration: Migration
}

/**
 * States that were given up. A list has an entry for each process that was asked; a state is missing where it was not.
 */
export interface ExportedStates {
  readonly states: JoinedBytes
  /** What goes beside the bytes of a state that is alone. */
  readonly attachments: Payload['attachments']
  /** When each process stopped, ms on the clock that all threads share. */
  readonly stoppedAt: readonly number[]
  readonly serialiseMs: readonly number[]
  /** Records, or values of objects, among the bytes of a state that is alone, where the others had been sent ahead. */
  readonly recordsLeft: number
  /** Why a state that is alone goes as a whole although it was to go ahead. */
  readonly whole?: string | undefined
}

/** Take these states over, migrate them and go on with them. Messages may follow at once. Answer with `Entries`. */
export interface EnterBatch {
  readonly type: 'enter'
  readonly number: number
  readonly slots: readonly number[]
  readonly ids: readonly string[]
  readonly names: readonly string[]
  readonly migration: Migration
  /** Whether the migrated states are to be proved cloneable before they count. */
  readonly verify: boolean
  /** Whether to wait for `Go` before handling messages. */
  readonly hold: boolean
  /** How often their states are copied, where any has been spawned with that. */
  readonly checkpoints?: readonly (CheckpointRule | false | undefined)[] | undefined
  /** None is missing. */
  readonly states: JoinedBytes
  readonly attachments: Payload['attachments']
}

/** The one state of a batch of one. */
export function loneState({
  states,
  attachments,
}: Pick<ExportedStates, 'states' | 'attachments'>): Payload {
  return { bytes: states.bytes, attachments }
}
