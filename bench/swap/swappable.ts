/** Something stateful whose code can be swapped while it is called. */
export interface Swappable {
  readonly name: string
  ping(): Promise<number>
  /** Goes to the other version. Resolves when all is over, the old code's thread gone included. */
  swap(): Promise<Swap>
  /** Prepares for the next swap what it takes for granted. Not measured. */
  prepare?(): Promise<void>
  close(): Promise<unknown>
}

export interface Swap {
  /** From the last message handled by the old code to the new being ready, in ms, where the threads' own clocks say so. */
  readonly pauseMs?: number
}

/** What a thread of the hand-written variants imports. */
export interface VersionModule {
  readonly init?: (size: number) => unknown
  readonly ping: (state: never) => number
  readonly codeChange: (state: never) => unknown
}

/** A clock that all threads share, in ms. */
export function sharedNow(): number {
  return performance.timeOrigin + performance.now()
}
