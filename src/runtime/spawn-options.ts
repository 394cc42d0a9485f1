import type { CheckpointRule } from '../protocol/definition/checkpoint-rule.ts'
import type { OverflowPolicy } from '../processes/overflow.ts'

/** Options of a spawn. */
export interface SpawnOptions<Args> {
  /** Unique within the runtime. Without it the process is known by its id. */
  readonly name?: string
  /**
   * Label of a version of this code. The process is pinned to it: upgrades of the whole code pass over it. Default: the
   * current one.
   */
  readonly version?: string
  /** The argument of `init`, now and after a crash. Must be data. */
  readonly args?: Args
  readonly mailbox?: {
    /** The most accepted messages that may be unfinished. Default: no limit. */
    readonly capacity?: number
    /**
     * What a full mailbox does with one more message: `reject` (default) fails it with `MAILBOX_FULL`, `drop-newest`
     * drops it, `drop-oldest` drops the one that has waited longest. The caller of a dropped one gets that error.
     */
    readonly overflow?: OverflowPolicy
  }
  /**
   * What happens when the process's thread dies: by default up to 3 restarts in 5,000 ms, from its last checkpoint, and
   * where it has none by `init`. In a shared thread only what the process itself did counts.
   */
  readonly restart?: RestartOptions
  /**
   * How often the state is copied to the main thread, in place of what the definition says. `false`: never. See
   * {@link CheckpointRule}.
   */
  readonly checkpoint?: CheckpointRule | false
  /** How long (ms) a handler may run. Default: as its version says. */
  readonly handlerTimeoutMs?: number
  /** What is done where one runs longer: see `defineProcess`. Default: as its version says, else `'tell'`. */
  readonly onHandlerTimeout?: 'tell' | 'kill'
}

/** When a process is made anew after its thread has died. */
export type RestartOptions =
  | {
      /**
       * `'transient'` (default): made anew, with its name and its mailbox. `'temporary'`: stopped; waiting
       * messages fail.
       */
      readonly policy?: 'transient'
      /** How many restarts are allowed within `withinMs`; one more is `RESTART_LIMIT`. Default 3. */
      readonly maxRestarts?: number
      /** Default 5,000. */
      readonly withinMs?: number
      /**
       * `'checkpoint'` (default): the process goes on with its last checkpoint, and with what `init` makes where it has
       * none. `'init'`: always with that. `'never'`: it is not made anew, as with `'temporary'`.
       */
      readonly from?: 'checkpoint' | 'init' | 'never'
      /**
       * What becomes of a process whose checkpoint cannot be read: `'stop'` (default) stops it with `RESTORE_FAILED`,
       * `'init'` makes it anew by that.
       */
      readonly orElse?: 'init' | 'stop'
    }
  | {
      readonly policy: 'temporary'
      readonly maxRestarts?: never
      readonly withinMs?: never
      readonly from?: never
      readonly orElse?: never
    }
