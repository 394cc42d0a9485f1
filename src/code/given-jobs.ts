import type { Bundling } from '../versions/bundler.ts'
import type { StateSearch } from '../checks/state-search.ts'
import type { TypeChecker } from '../checks/type-checker.ts'

/** What checks types. */
export type Types = Pick<TypeChecker, 'check' | 'compare' | 'stateShape' | 'close'>

/** What searches states. */
export type Search = Pick<StateSearch, 'search' | 'close'>

/** Threads that are given to a runtime or a command, which else starts its own. It closes them like those when it ends. */
export interface GivenJobs {
  readonly bundling?: Bundling
  readonly types?: Types
  readonly states?: Search
}
