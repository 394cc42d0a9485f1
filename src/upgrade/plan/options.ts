import type { Permissions } from '../../options/permissions.ts'

/**
 * Some of a code's processes: names and ids, or a share above 0 and up to 1. A share is rounded up, and processes that
 * have moved already count.
 */
export type Selection = number | readonly string[]

/** A process that is checked: its `ProcessRef`. */
export interface CheckedProcess {
  readonly id: string
  readonly name: string
  call(name: string, payload?: unknown): Promise<unknown>
}

/**
 * How a new version is on probation. The old thread stays meanwhile, suspended with its state, and the upgrade resolves
 * when it has ended: each process has handled so many `messages`, or `ms` are over, and `check` has said that all is
 * well. It fails where a thread of the new version dies, where more handlers throw than is allowed, or where the check
 * says so. Then the old version goes on with its state.
 */
export interface ProbationOptions {
  /** How many messages a process handles on probation. Default 10. */
  readonly messages?: number
  /** How long (ms) it is on probation at most. Default 100. */
  readonly ms?: number
  /**
   * How many handlers of a process may throw. Default: two, and twice the share of those that threw in the version
   * before.
   */
  readonly maxErrors?: number
  /**
   * Looks at a process that has been moved. It fails by throwing or returning false, and where it takes longer than `ms`
   * and 5,000 ms.
   */
  readonly check?: (process: CheckedProcess) => unknown
  /**
   * What becomes of messages that the new version has answered. `'replay'` (default): the old version handles them once
   * more, in order; nothing is told of their ends, and `context.isReplay` is true. `'report'`: its state is without them.
   * What cannot be replayed is told by count (`lost`) and, in the event `rolledBack`, by range.
   */
  readonly onRollBack?: 'replay' | 'report'
}

/** Options for moving one process back to an older version. */
export interface ProcessDowngradeOptions {
  /**
   * How long (ms) running handlers may take to end. Later it is `SUSPEND_TIMEOUT`, and the old version goes on.
   * Default 5,000.
   */
  readonly suspendTimeoutMs?: number
  /**
   * How long (ms) messages that could be handled are held up while running handlers end. Then the old version goes on
   * serving, and it is tried again until `suspendTimeoutMs`. Default 100.
   */
  readonly maxStallMs?: number
  /**
   * How long (ms) the migration of a state may take. Later it is `CODE_CHANGE_TIMEOUT`, and the old version goes on.
   * Default 60,000.
   */
  readonly codeChangeTimeoutMs?: number
  /**
   * How long (ms) processes may stand still. The dry run and the copying ahead measure how long that will be,
   * before anything is suspended. A longer upgrade is refused with `PAUSE_TOO_LONG` and the figures. What is left bounds
   * attempts to stop a process whose handlers take long. Default: no limit.
   */
  readonly maxPauseMs?: number
  /**
   * How long (ms) a handler that has called `context.letGo()` may go on in the old isolate. The upgrade resolves behind
   * it. Later its caller is told `ISOLATE_EXITED`. Default 10,000.
   */
  readonly drainTimeoutMs?: number
  /**
   * How a large state is copied. `'ahead'` (default): its objects go over while the old version serves, and in the pause
   * only what has changed. `'whole'`: in the pause, as a small one is. Tables always go ahead.
   */
  readonly copy?: 'ahead' | 'whole'
  /**
   * How the new version is on probation, behind the swap. Where it goes wrong it is rolled back, and the upgrade rejects
   * with `PROBATION_FAILED`. Default: as the runtime says. False without one, `true` with the defaults.
   */
  readonly probation?: boolean | ProbationOptions
  /** Passed to the migration as `change.extra` (Erlang's `Extra`). Must be data. */
  readonly extra?: unknown
  /** Aborts the upgrade while no process has resumed: `UPGRADE_ABORTED`. */
  readonly signal?: AbortSignal
  /**
   * Whether the new version may lack calls, casts and events of the running one. Waiting messages to them then fail, and
   * who listens to such an event is told nothing. Default false.
   */
  readonly allowRemoved?: boolean
  /**
   * Whether the new version may do more than the running one, by the permissions of both. Default false: that is
   * `PERMISSIONS_WIDER`.
   */
  readonly allowWider?: boolean
}

/** How `codeChange` is tried before anything is suspended. */
export interface DryRunOptions {
  /**
   * How long (ms) it is tried again, on further copies, for as long as each run is faster than those before: new code is
   * slow at first. The old version serves meanwhile. All processes that move together share the time, and where many
   * share a thread the first of them warm it. 0: it is tried once. `true` is 100.
   */
  readonly warm: number
}

/** A dry run of some of the processes of a code: what is not tried is not measured. */
export interface SampleOptions extends Partial<DryRunOptions> {
  /**
   * How many processes are tried, the first of those that move. A state of the others for which `codeChange` fails is
   * found when its process moves: that goes on as it was. For many processes whose new version has a schema of the
   * state.
   */
  readonly sample: number
}

/** Options for the proof of an upgrade, before anything is suspended. */
export interface ProofOptions {
  /**
   * Whether the project's own TypeScript (5.4 to 6, an optional peer) checks the types first. Default false.
   *
   * - `codeChange` has to take exactly the running state and return the new one.
   * - Remaining calls and casts have to take and return the types that callers expect, and events to tell those that
   *   listeners expect.
   * - The sources come from the images, even if the files have changed.
   * - It takes a second or two, in a thread of its own.
   */
  readonly typecheck?: boolean
}

/**
 * Options of the dry run. `rehearse`: whether `codeChange` is tried on copies of the state first, and for how long.
 * Default true; false for one that has effects. What it measures is compared with the budget: without the one there is
 * not the other.
 */
export type MeasuredOptions<Unmeasured = never> =
  | { readonly rehearse?: boolean | DryRunOptions | Unmeasured; readonly maxPauseMs?: never }
  | { readonly rehearse?: true; readonly maxPauseMs?: number }
  | { readonly rehearse?: DryRunOptions; readonly maxPauseMs?: number }

/** What is said of a version that is loaded for the upgrade. */
export interface LoadedOptions {
  /** What it may do. Default: what the current version may. */
  readonly permissions?: Permissions
}

/** Options for moving one process to a newer version. */
export type ProcessUpgradeOptions = ProcessDowngradeOptions &
  ProofOptions &
  MeasuredOptions &
  LoadedOptions

/** Options of a rolling upgrade. Where one of them is given, it is rolling. */
export interface RollingOptions {
  /**
   * How many processes may be moved at the same time. With `maxPauseMs` it is one. Default: 24, and up to 128 that are
   * idle, as long as the migrations of a half of them take less than half a millisecond.
   */
  readonly groupSize?: number
  /** How long (ms) to rest between two groups. Default 0. */
  readonly throttleMs?: number
  /**
   * For a process whose handler does not end within `suspendTimeoutMs`: `'fail'` (default) stops the upgrade, `'skip'`
   * leaves the process on its version and names it in the report, `'wait'` waits for it while the next ones are moved.
   */
  readonly blocked?: 'fail' | 'skip' | 'wait'
}

/**
 * How the processes of a code move.
 *
 * `'atomic'` moves all processes or none: all stand still until the last of them is ready. The default where each
 * process has a thread of its own.
 *
 * `'rolling'` moves a small group at a time, each process standing still only for its own hand-over. The default where
 * processes share threads, and where an option of {@link RollingOptions} is given. When it fails or is aborted, it stops
 * where it is (the error has `moved` and `remaining`), and both versions serve. The same call again moves the rest; a
 * call with the older version moves back.
 */
export type ModeOptions =
  | ({ readonly mode?: 'rolling'; readonly maxPauseMs?: never } & RollingOptions)
  // The pause of one is measured and bounded.
  | ({
      readonly mode?: 'rolling'
      readonly maxPauseMs?: number
      readonly groupSize?: 1
    } & RollingOptions)
  | ({ readonly mode: 'atomic'; readonly maxPauseMs?: number } & {
      readonly [Name in keyof RollingOptions]?: never
    })

/** Options for moving the processes of a code back to an older version. */
export type DowngradeOptions = RollBackOptions & {
  /**
   * The processes to move. Others keep their version, and new ones get the current one as before. Default: all that are
   * not pinned.
   */
  readonly only?: Selection
}

/**
 * Options for moving all processes of a code back to the version before. `allowRemoved` is true by default: that version
 * lacks the calls, casts and events that were new. So is `allowWider`: it may do what it was allowed before.
 */
export type RollBackOptions = ProcessDowngradeOptions & ModeOptions

/** Options for moving the processes of a code to a newer version. */
export type UpgradeOptions = DowngradeOptions &
  ProofOptions &
  MeasuredOptions<SampleOptions> &
  LoadedOptions
