import type { ErrorCode } from '../errors.ts'

/**
 * Why a process has ended.
 *
 * - `normal`: it was stopped by `ref.stop()`, and ended what it was given the time for.
 * - `shutdown`: it ended with what it belongs to: its runtime, code, version, supervisor or group.
 * - `killed`: a stop did not end in its time, so that something was given up.
 * - `crashed`: its thread died, and it is not restarted.
 * - `restart-limit`: it died too often.
 * - `linked`: a process to which it was linked has died, and it is not restarted.
 * - `init-failed`: it never began, for `init` failed or its version could not be loaded.
 */
export type ExitReason =
  'normal' | 'shutdown' | 'killed' | 'crashed' | 'restart-limit' | 'linked' | 'init-failed'

/** What a monitor casts to the process that has set it. It is data, and can be kept in a state. */
export interface ProcessDown {
  /** The name of the monitor, as `context.monitor` has returned it. */
  readonly monitor: string
  /** The name of the process that was monitored, or the id of one that has none. */
  readonly process: string
  /**
   * Why it ended. `no-process`: there was none when the monitor was set. `restarted`: it has lost its state and was made
   * anew by `init`, which is told only where the monitor asks for it.
   */
  readonly reason: ExitReason | 'no-process' | 'restarted'
  /** What it died of, where it was not asked to stop. */
  readonly error?: { readonly code: ErrorCode; readonly message: string }
}

/** Options of `context.monitor`. */
export interface MonitorOptions {
  /** Its name within the process. One of the same name is replaced. Default: a name that there is only once. */
  readonly name?: string
  /**
   * Whether it also tells each restart of the process, which has lost its state then, and goes on. Default false: the
   * process keeps its name, its mailbox and its id, and only its end is told.
   */
  readonly restarts?: boolean
}
