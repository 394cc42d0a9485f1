import { EventEmitter } from 'node:events'
import type { UpgradeReport } from '../upgrade/report/report.ts'
import type { RollProgress } from '../upgrade/plan/request.ts'

/** What a runtime tells whoever listens: the event's name and its one argument. */
export interface RuntimeEvents {
  /** A cast's handler threw, or the cast was lost with its isolate: there is no caller to tell. */
  castFailed: [{ readonly process: string; readonly name: string; readonly error: unknown }]
  /** The isolate of a process died. */
  crashed: [{ readonly process: string; readonly error: Error }]
  /** The process was made anew by `init`. */
  restarted: [{ readonly process: string; readonly version: string }]
  /** The process is gone; with an error when nobody asked for it (`RESTART_LIMIT`, or a `temporary` one that died). */
  stopped: [{ readonly process: string; readonly error?: Error }]
  upgraded: [UpgradeReport]
  /** A group of a rolling upgrade has been moved. */
  upgradeProgress: [RollProgress & { readonly codeName: string }]
  upgradeFailed: [{ readonly codeName: string; readonly error: Error }]
}

/** An emitter that knows the runtime's events. */
export class RuntimeEmitter extends EventEmitter<RuntimeEvents> {
  /**
   * Tells listeners; false when there is none. One that throws is an uncaught exception, as with any emitter,
   * but not in the middle of what the event is about.
   */
  announce<Name extends keyof RuntimeEvents>(name: Name, event: RuntimeEvents[Name][0]): boolean {
    if (this.listenerCount(name) === 0) return false
    queueMicrotask(() => (this as EventEmitter).emit(name, event))
    return true
  }
}
