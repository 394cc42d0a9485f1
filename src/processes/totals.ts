/** Counters over a process's whole life. */
export interface Totals {
  /** Calls that were answered, and casts that were handled. */
  calls: number
  casts: number
  /** Calls and casts whose handler threw, and errors that its code left unhandled. */
  failed: number
  upgrades: number
  restarts: number
}

/** How many messages have been handled. */
export function handledOf({ calls, casts }: Totals): number {
  return calls + casts
}
