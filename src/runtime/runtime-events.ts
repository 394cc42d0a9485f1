import type { Recovered } from '../processes/recovery.ts'
import type { Limits } from '../isolates/limits-in-words.ts'
import type { ProcessActivity } from '../processes/activity/diagnosis.ts'
import type { Activity } from '../protocol/wire/messages.ts'
import type { Direction } from '../protocol/wire/migration.ts'
import type { ProcessWentBack, RollProgress, ToldPhase } from '../upgrade/plan/upgrade-observer.ts'
import type { Asked } from '../upgrade/report/asked.ts'
import type { UpgradeReport } from '../upgrade/report/report.ts'
import type { VersionName } from '../versions/version-name.ts'

/** What the code of a version has left unhandled. The thread goes on. */
export interface UnhandledError {
  /**
   * The process whose code started what failed, also when it has left or stopped since. Absent where no process did, or
   * where it is not known.
   */
  readonly process?: string
  /** Absent where the code has no version of these bytes any more. */
  readonly codeName?: string
  /** Label that the version declares. */
  readonly version: string
  /**
   * What was at work as it was started: a handler, a function of `live`, a listener of the signal of the context (`'abort'`),
   * or the modules and `onLoad` (`'load'`). Absent where it is not known.
   */
  readonly during?: Activity
  /** The name of the call or cast. */
  readonly name?: string
  readonly error: unknown
}

/** Names a process in an event: its name, or the id of one that has none. */
export interface NamedProcess {
  readonly process: string
  readonly codeName: string
}

/** Names an upgrade, downgrade or roll back in an event. */
export interface NamedUpgrade {
  /** The same in all events of one upgrade, and in its report. */
  readonly id: string
  readonly codeName: string
  readonly direction: Direction
}

/** The events of a runtime: name and argument. */
export interface RuntimeEvents {
  /** A process has made its first state, and serves. */
  spawned: [NamedProcess & { readonly id: string; readonly version: string }]
  /** A cast's handler threw, or the cast was lost with its isolate. Casts have no caller to be told. */
  castFailed: [{ readonly process: string; readonly name: string; readonly error: unknown }]
  /**
   * The code of a version has left a rejection or an error unhandled: a promise that is not awaited, an error that is
   * thrown in a timer or a listener. See {@link UnhandledError}.
   */
  unhandled: [UnhandledError]
  /**
   * A handler has run for longer than its `handlerTimeoutMs`. `error` is `HANDLER_TIMEOUT`; `activity` says what its
   * process is at, as `ref.why()` does, with the function that holds the thread.
   */
  handlerTimeout: [
    NamedProcess & {
      readonly kind: 'call' | 'cast'
      /** Of the call or cast. */
      readonly name: string
      readonly timeoutMs: number
      readonly activity: ProcessActivity
      readonly error: Error
    },
  ]
  /** The isolate of a process died. */
  crashed: [NamedProcess & Recovered & { readonly error: Error }]
  /** The process was made anew. */
  restarted: [NamedProcess & Recovered & { readonly version: string }]
  /** The state of a process could not be copied to main. The checkpoint before it stays. */
  checkpointFailed: [NamedProcess & { readonly error: unknown }]
  /**
   * The process is gone; with an error unless it was asked to stop (`RESTART_LIMIT`, or a `temporary` one that died).
   */
  stopped: [NamedProcess & { readonly error?: Error }]
  /** An upgrade, downgrade or roll back begins. Of a watch: a save turned out to be another version. */
  upgradeStarted: [NamedUpgrade & { readonly from: VersionName; readonly asked: Asked }]
  /** One of its phases begins; of a rolling upgrade, for the first group. */
  upgradePhase: [NamedUpgrade & { readonly phase: ToldPhase }]
  /** A group of a rolling upgrade has been moved. */
  upgradeProgress: [NamedUpgrade & RollProgress]
  /** All processes that were to move serve in the new version. The old threads are still there. */
  upgradeSwapped: [
    NamedUpgrade & {
      readonly from: VersionName
      readonly to: VersionName
      /** How many were to move. */
      readonly processes: number
    },
  ]
  /** It has ended well: the old threads have gone. */
  upgraded: [UpgradeReport]
  upgradeFailed: [NamedUpgrade & { readonly error: Error }]
  /** A version was left again for the one before: by `code.rollBack()`, or by moult itself. */
  rolledBack: [
    NamedUpgrade & {
      readonly from: VersionName
      readonly to: VersionName
      readonly asked: Asked
      /** Why moult did so by itself, on probation. */
      readonly error?: Error
      /** Then: which processes have gone back, and what became of the messages since the swap. */
      readonly processes?: readonly ProcessWentBack[]
    },
  ]
  /** A thread has started, and is blank. */
  isolateStarted: [{ readonly threadId: number }]
  /** It has imported a version. */
  isolateLoaded: [VersionName & { readonly threadId: number }]
  /** It has gone: with the error that ended it, and the version that it had loaded. */
  isolateExited: [
    Partial<VersionName> & {
      readonly threadId: number
      readonly exitCode: number
      readonly error?: Error
      /** The limits of the thread, where one of them has ended it. */
      readonly limits?: Limits
    },
  ]
}

/** The name of an event of a runtime. */
export type RuntimeEventName = keyof RuntimeEvents

/** All of them. */
export const runtimeEventNames = [
  'spawned',
  'castFailed',
  'unhandled',
  'handlerTimeout',
  'crashed',
  'restarted',
  'checkpointFailed',
  'stopped',
  'upgradeStarted',
  'upgradePhase',
  'upgradeProgress',
  'upgradeSwapped',
  'upgraded',
  'upgradeFailed',
  'rolledBack',
  'isolateStarted',
  'isolateLoaded',
  'isolateExited',
] as const satisfies readonly RuntimeEventName[]
