import type { LatePolicy } from '../definition/timer-options.ts'
import type { TraceContext } from '../definition/trace.ts'
import type { Prototypes } from '../bytes/prototypes.ts'

/** When a timer fires: once, every so many ms, or by the calendar. */
export type Schedule =
  | { readonly by: 'after' | 'every'; readonly ms: number }
  | { readonly by: 'cron'; readonly expression: string; readonly timeZone: string | undefined }

/** A handler sets a timer of its process: main sends the cast. */
export interface SetTimer {
  readonly type: 'set-timer'
  readonly slot: number
  /** Its name. One of the same name is replaced. */
  readonly timer: string
  readonly schedule: Schedule
  /** When it was set (ms), on the clock that all threads share. */
  readonly setAt: number
  readonly late: LatePolicy
  readonly cast: string
  readonly payload: unknown
  readonly prototypes?: Prototypes | undefined
  readonly trace?: TraceContext
}

/** A handler ends a timer of its process. */
export interface CancelTimer {
  readonly type: 'cancel-timer'
  readonly slot: number
  readonly timer: string
}
