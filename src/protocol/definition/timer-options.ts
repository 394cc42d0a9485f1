/**
 * What becomes of a tick that comes late: its process stands still, the tick before it still waits, or main comes to it
 * more than a second, or more than one period, after its time.
 *
 * - `fire`: it is sent all the same. Of a repeated timer each tick that was missed is.
 * - `coalesce`: all that are late become one; none is added to one that still waits.
 * - `skip`: it is left out.
 */
export type LatePolicy = 'fire' | 'coalesce' | 'skip'

/** Options of a timer of a process. */
export interface TimerOptions {
  /** A timer of the same name is replaced. Default: a name that no other has. */
  readonly name?: string
  /** Default: `'fire'` for one that fires once, else `'coalesce'`. */
  readonly late?: LatePolicy
}

/** Options of a timer by the calendar. */
export interface CronOptions extends TimerOptions {
  /** The IANA name of a time zone, such as `'Europe/Zurich'`. Default: that of the machine. */
  readonly timeZone?: string
}
