import type { LogFields, LogLevel } from '../protocol/definition/context.ts'

/** A receiver of log lines. Pino, Winston's wrappers and `console` all fit. */
export type Logger = Readonly<Record<LogLevel, (message: string, fields: LogFields) => void>>

/** Writes to the console, and leaves out `debug`. */
export const consoleLogger: Logger = {
  debug: () => undefined,
  info: (message, fields) => console.info(message, fields),
  warn: (message, fields) => console.warn(message, fields),
  error: (message, fields) => console.error(message, fields),
}
