import { StrictEmitter } from './strict-emitter.ts'
import type { UpgradeReport } from '../upgrade/report/report.ts'
import type { Activity } from '../protocol/wire/messages.ts'
import type { RollProgress } from '../upgrade/plan/request.ts'

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

/** The events of a runtime: name and argument. */
export interface RuntimeEvents {
  /** A cast's handler threw, or the cast was lost with its isolate. Casts have no caller to be told. */
  castFailed: [{ readonly process: string; readonly name: string; readonly error: unknown }]
  /**
   * The code of a version has left a rejection or an error unhandled: a promise that is not awaited, an error that is
   * thrown in a timer or a listener. See {@link UnhandledError}.
   */
  unhandled: [UnhandledError]
  /** The isolate of a process died. */
  crashed: [{ readonly process: string; readonly error: Error }]
  /** The process was made anew by `init`. */
  restarted: [{ readonly process: string; readonly version: string }]
  /**
   * The process is gone; with an error unless it was asked to stop (`RESTART_LIMIT`, or a `temporary` one that died).
   */
  stopped: [{ readonly process: string; readonly error?: Error }]
  upgraded: [UpgradeReport]
  /** A group of a rolling upgrade has been moved. */
  upgradeProgress: [RollProgress & { readonly codeName: string }]
  upgradeFailed: [{ readonly codeName: string; readonly error: Error }]
}

const names = [
  'castFailed',
  'unhandled',
  'crashed',
  'restarted',
  'stopped',
  'upgraded',
  'upgradeProgress',
  'upgradeFailed',
] as const satisfies readonly (keyof RuntimeEvents)[]

/** An emitter of the runtime's events. */
export class RuntimeEmitter extends StrictEmitter<RuntimeEvents> {
  constructor() {
    super(names)
  }
}
