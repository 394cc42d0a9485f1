/**
 * Some of a code's processes: a share of them (above 0, up to 1, rounded up; those that have been moved already count),
 * or names and ids.
 */
export type Selection = number | readonly string[]

/** How one process is to be moved back to an older version. */
export interface ProcessDowngradeOptions {
  /** How long (ms) the running handler may take to its end; else `SUSPEND_TIMEOUT` and the old version goes on. Default 5,000. */
  readonly suspendTimeoutMs?: number
  /** How long (ms) the migration of a state may take; else `CODE_CHANGE_TIMEOUT` and the old version goes on. Default 60,000. */
  readonly codeChangeTimeoutMs?: number
  /**
   * How long (ms) processes may stand still. What that will be is estimated before anything is suspended, by what the rehearsal and the copying
   * of tables have measured; an upgrade that would take longer is refused with `PAUSE_TOO_LONG` and the figures. Default: no limit.
   */
  readonly maxPauseMs?: number
  /** Passed to the migration as `change.extra` (Erlang's `Extra`). Must be data. */
  readonly extra?: unknown
  /** Gives the upgrade up as long as no process has resumed: `UPGRADE_ABORTED`. */
  readonly signal?: AbortSignal
  /** Whether the new version may lack calls and casts of the running one. Waiting messages to them then fail. Default false. */
  readonly allowRemoved?: boolean
}

/** How an upgrade is proved before anything is suspended. */
export interface ProofOptions {
  /** Whether `codeChange` is tried on a copy of the state first. Default true; false for one that has effects. */
  readonly rehearse?: boolean
  /**
   * Whether the project's own TypeScript (5.4 to 6, an optional peer) proves, before anything is suspended, that `codeChange`
   * takes exactly the state that runs and returns the new one, and that remaining calls and casts take and return what callers
   * expect. Both sides come from the images, whatever has become of the files. Takes a second or two, in a thread of its own. Default false.
   */
  readonly typecheck?: boolean
}

/** How one process is to be moved to a newer version. */
export interface ProcessUpgradeOptions extends ProcessDowngradeOptions, ProofOptions {}

/** How a rolling upgrade goes over the processes. */
export interface RollingOptions {
  /** How many processes may be on their way at the same time. Default 24. */
  readonly groupSize?: number
  /** How long (ms) to leave the threads to the others between two groups. Default 0. */
  readonly throttleMs?: number
  /**
   * What becomes of a process whose handler does not end within `suspendTimeoutMs`: `'fail'` (default) stops the upgrade there,
   * `'skip'` leaves it on its version and names it in the report, `'wait'` waits for it, beside those that follow.
   */
  readonly blocked?: 'fail' | 'skip' | 'wait'
}

/** How the processes of a code are to be moved back to an older version. */
export interface DowngradeOptions extends ProcessDowngradeOptions, RollingOptions {
  /**
   * `'atomic'`: all processes stand still until the last of them is ready, and either all are moved or none; the default where each
   * has a thread of its own. `'rolling'`: a small group at a time, each standing still only for its own hand-over; the default where
   * processes share threads. A rolling upgrade that fails or is aborted stops where it is (the error has `moved` and `remaining`):
   * both versions serve, the same call again moves the rest, and one to the older version moves back.
   */
  readonly mode?: 'atomic' | 'rolling'
  /** Which processes are moved; the others, and new ones, stay with their version. Default: all that are not pinned. */
  readonly only?: Selection
}

/** How all processes of a code are to be moved back to the version before. */
export type RollBackOptions = Omit<DowngradeOptions, 'only'>

/** How the processes of a code are to be moved to a newer version. */
export interface UpgradeOptions extends DowngradeOptions, ProofOptions {}
