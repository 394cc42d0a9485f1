import type { CloneBytes } from '../bytes/clone-bytes.ts'
import type { StateShape } from './state-shape.ts'
import type { WireThrown } from '../wire/thrown.ts'

/** What can be wrong with a migration of one state. */
export type FaultKind =
  /** `codeChange` threw or rejected. */
  | 'throws'
  /** What `codeChange` returned is no data. */
  | 'uncloneable'
  /** What `codeChange` returned is refused by the newer version's schema of states. */
  | 'schema'
  /** `downgrade` threw or rejected on what `codeChange` had made. */
  | 'downgrade-throws'
  /** What `downgrade` returned is no data. */
  | 'downgrade-uncloneable'
  /** What `downgrade` returned is refused by the older version's schema of states. */
  | 'downgrade-schema'
  /** What `downgrade` returned is not the state that `codeChange` was given. */
  | 'there-and-back'
  /** The migration did not end before the search had to. */
  | 'never-ends'
  /** The migration ended its thread: `process.exit()`, an uncaught exception, no memory left. */
  | 'exits'

/** What the job is asked for: states of the older version on which the newer one's migration fails. */
export interface SearchRequest {
  /** `file:` URLs of the two images. */
  readonly older: string
  readonly newer: string
  /** What the older version's type says of its state; its schema comes first. */
  readonly shape?: StateShape
  /** States of running processes. */
  readonly samples: readonly CloneBytes[]
  /** How many states are to be tried. */
  readonly runs: number
  /** A whole number of 32 bits; the same one tries the same states in the same order. */
  readonly seed: number
  /** In ms from the first state on; looked at between two states. */
  readonly limitMs: number
  /** Faults that are passed over. */
  readonly ignore: readonly FaultKind[]
  /** Memory of the {@link CandidateCell} in which the job leaves the state that it tries. */
  readonly candidate: SharedArrayBuffer
}

/** Asks the job to print a state, since main does not decode any. */
export interface PrintRequest {
  readonly print: CloneBytes
}

/** Where states came from: the schema's JSON Schema, the TypeScript type, states of running processes. */
export type StateSource = 'schema' | 'type' | 'samples'

/** What every outcome tells. */
export interface SearchFacts {
  readonly seed: number
  /** States that were tried, without those of shrinking. */
  readonly runs: number
  /** States that were made up and refused by the older version's own schema, without those of shrinking. */
  readonly discarded: number
  readonly sources: readonly StateSource[]
}

/** A state on which the migration fails; the smallest that was found. */
export interface SearchFault extends SearchFacts {
  readonly kind: 'fault'
  readonly fault: FaultKind
  /** The state; undefined where the thread died on one too large to be left behind. */
  readonly state: CloneBytes | undefined
  /** The state, printed; undefined as `state` is. */
  readonly printed: string | undefined
  readonly detail: FaultDetail
  /** How many times a simpler state was found. */
  readonly shrinks: number
}

/** What is known about a fault. */
export interface FaultDetail {
  /** The error's message, the schema's words, or the first difference. */
  readonly message: string
  /** Paths of what is at fault within the state, such as `state.users[0].name`. */
  readonly paths: readonly string[]
  /** Where it was thrown, by the user's lines. */
  readonly stack?: string
}

/** No state that was tried has a fault. `runs` is at least 1. */
export interface SearchNone extends SearchFacts {
  readonly kind: 'none'
  /** Whether the time was over before all the runs were. */
  readonly isCutShort: boolean
}

/** Nothing was tried, so that nothing is known. */
export interface SearchUntried extends SearchFacts {
  readonly kind: 'untried'
  readonly reason: string
}

/** How a search ended. */
export type SearchResult = SearchFault | SearchNone | SearchUntried

/** The search could not begin: a coded error. */
export interface SearchRefusal {
  readonly kind: 'refused'
  readonly thrown: WireThrown
}
