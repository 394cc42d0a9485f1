import type { LogFields, LogLevel } from '../protocol/definition/context.ts'
import type { LogLine } from '../protocol/wire/messages.ts'

/** A receiver of log lines. Pino, Winston's wrappers and `console` all fit. */
export type Logger = Readonly<Record<LogLevel, (message: string, fields: LogFields) => void>>

/** Writes to the console, and leaves out `debug`. */
export const consoleLogger: Logger = {
  debug: () => undefined,
  info: (message, fields) => console.info(message, fields),
  warn: (message, fields) => console.warn(message, fields),
  error: (message, fields) => console.error(message, fields),
}

const levels: ReadonlySet<string> = new Set<LogLevel>(['debug', 'info', 'warn', 'error'])

/** Writes a line that a thread has sent. A level that is none would be another function of the logger. */
export function writeLine(
  logger: Logger,
  { level, message, fields }: Pick<LogLine, 'level' | 'message' | 'fields'>,
): void {
  if (levels.has(level)) logger[level](message, fields)
}
