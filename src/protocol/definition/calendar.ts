import { createRequire } from 'node:module'
import type * as Croner from 'croner'

/** The next time behind another, both in ms since 1970; undefined where there is none. */
export type Calendar = (after: number) => number | undefined

/** Loaded when the first expression is read: threads start without it. */
let croner: typeof Croner | undefined

/**
 * The times of a cron expression: five fields, six with seconds first, as Croner reads them (https://croner.56k.guru).
 * @param timeZone its IANA name. Default: that of the machine.
 * @throws Error that says why the expression, or the time zone, cannot be read
 */
export function calendarOf(expression: string, timeZone: string | undefined): Calendar {
  croner ??= createRequire(import.meta.url)('croner') as typeof Croner
  const zone = timeZone === undefined ? {} : { timezone: timeZone }
  const cron = new croner.Cron(expression, { paused: true, ...zone })
  return (after) => cron.nextRun(new Date(after))?.getTime()
}
