import type { CloneBytes } from '../bytes/clone-bytes.ts'
import type { StateShape } from './state-shape.ts'
import type { WireThrown } from '../wire/thrown.ts'

/** Faults of a migration of one state. */
export type FaultKind =
  /** `codeChange` threw or rejected. */
  | 'throws'
  /** `codeChange` returned a value that is no data. */
  | 'uncloneable'
  /** The newer version's schema refuses the state that `codeChange` returned. */
  | 'schema'
  /** `downgrade` threw or rejected on the state that `codeChange` had made. */
  | 'downgrade-throws'
  /** `downgrade` returned a value that is no data. */
  | 'downgrade-uncloneable'
  /** The older version's schema refuses the state that `downgrade` returned. */
  | 'downgrade-schema'
  /** `downgrade` did not return the state that `codeChange` was given. */
  | 'there-and-back'
  /** The migration did not end within the time of the search. */
  | 'never-ends'
  /** The migration ended its thread: `process.exit()`, an uncaught exception, no memory left. */
  | 'exits'

/** Asks the job for states of the older version on which the newer version's migration fails. */
export interface SearchRequest {
  /** `file:` URLs of the two images. */
  readonly older: string
  readonly newer: string
  /** The state's shape by the older version's type; its schema comes first. */
  readonly shape?: StateShape
  /** States of running processes. */
  readonly samples: readonly CloneBytes[]
  /** How many states are to be tried. */
  readonly runs: number
  /** A whole number of 32 bits; the same one tries the same states in the same order. */
  readonly seed: number
  /** In ms from the first state on; looked at between two states. */
  readonly limitMs: number
  /** Faults that are ignored. */
  readonly ignore: readonly FaultKind[]
  /** Memory of the {@link CandidateCell} in which the job leaves the state that it tries. */
  readonly candidate: SharedArrayBuffer
}

/** Asks the job to print a state, since main does not decode any. */
export interface PrintRequest {
  readonly print: CloneBytes
}

/** Sources of states: the schema's JSON Schema, the TypeScript type, states of running processes. */
export type StateSource = 'schema' | 'type' | 'samples'

/** Facts of every outcome. */
export interface SearchFacts {
  readonly seed: number
  /** States that were tried, those of shrinking excluded. */
  readonly runs: number
  /** Generated states that the older version's own schema refused, those of shrinking excluded. */
  readonly discarded: number
  readonly sources: readonly StateSource[]
}

/** The smallest state found on which the migration fails. */
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

/** Details of a fault. */
export interface FaultDetail {
  /** The error's message, the schema's words, or the first difference. */
  readonly message: string
  /** Paths to the values at fault, such as `state.users[0].name`. */
  readonly paths: readonly string[]
  /** The stack in the user's files. */
  readonly stack?: string
}

/** No state that was tried has a fault. `runs` is at least 1. */
export interface SearchNone extends SearchFacts {
  readonly kind: 'none'
  /** Whether the time ended before all runs were done. */
  readonly isCutShort: boolean
}

/** No state was tried, so nothing is known. */
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
