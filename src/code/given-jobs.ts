import type { Bundling } from '../versions/bundler.ts'
import type { StateSearch } from '../checks/state-search.ts'
import type { TypeChecker } from '../checks/type-checker.ts'

/** A checker of types. */
export type Types = Pick<TypeChecker, 'check' | 'compare' | 'stateShape' | 'close'>

/** A search for states. */
export type Search = Pick<StateSearch, 'search' | 'close'>

/** Threads given to a runtime or a command in place of its own. It closes them when it ends. */
export interface GivenJobs {
  readonly bundling?: Bundling
  readonly types?: Types
  readonly states?: Search
}
