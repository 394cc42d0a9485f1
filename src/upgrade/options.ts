/**
 * Some of a code's processes: a share of them (above 0, up to 1, rounded up; those that have been moved already count),
 * or names and ids.
 */
export type Selection = number | readonly string[]

/** How an upgrade or downgrade is to be made. */
export interface DowngradeOptions {
  /** How long (ms) the running handler may take to its end; else `SUSPEND_TIMEOUT` and the old version goes on. Default 5,000. */
  readonly suspendTimeoutMs?: number
  /** How long (ms) the migration of a state may take; else `CODE_CHANGE_TIMEOUT` and the old version goes on. Default 60,000. */
  readonly codeChangeTimeoutMs?: number
  /** Passed to the migration as `change.extra` (Erlang's `Extra`). Must be data. */
  readonly extra?: unknown
  /** Gives the upgrade up as long as no process has resumed: `UPGRADE_ABORTED`. */
  readonly signal?: AbortSignal
  /** Which processes are moved; the others, and new ones, stay with their version. Default: all that are not pinned. */
  readonly only?: Selection
  /** Whether the new version may lack calls and casts of the running one. Waiting messages to them then fail. Default false. */
  readonly allowRemoved?: boolean
}

/** How an upgrade is to be made. */
export interface UpgradeOptions extends DowngradeOptions {
  /** Whether `codeChange` is tried on a copy of the state first. Default true; false for one that has effects. */
  readonly rehearse?: boolean
  /**
   * Whether the project's own TypeScript (5.4 to 6, an optional peer) proves, before anything is suspended, that `codeChange`
   * takes exactly the state that runs and returns the new one, and that remaining calls and casts take and return what callers
   * expect. Both sides come from the images, whatever has become of the files. Takes a second or two, in a thread of its own. Default false.
   */
  readonly typecheck?: boolean
}
