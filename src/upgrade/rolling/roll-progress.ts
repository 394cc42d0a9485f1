/** How far a rolling upgrade has come. */
export interface RollProgress {
  readonly moved: number
  readonly total: number
  /** Names of the processes that were passed over because their handlers did not end in time. */
  readonly blocked: readonly string[]
}
