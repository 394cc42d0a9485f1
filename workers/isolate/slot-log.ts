import type { Log, LogFields, LogLevel } from '../../src/protocol/definition/context.ts'
import { extraArguments } from '../../src/protocol/extra-arguments.ts'
import { encodeFields } from '../../src/protocol/wire/log-fields.ts'
import { kindOf } from '../../src/protocol/bytes/object-kind.ts'
import { wrongValue } from '../../src/protocol/wrong-value.ts'
import type { Outbox } from './outbox.ts'

/** Stands for the slot of a line without a process. */
export const NO_SLOT = -1

/** A log for a slot. Main adds the process to its lines. `always` goes with every line. */
export function slotLog(outbox: Outbox, slot: () => number, always: LogFields = {}): Log {
  const at = (level: LogLevel): Log[LogLevel] => {
    return (message, fields, ...extra: unknown[]) => {
      checkLine(`log.${level}`, message, fields, extra)
      write(outbox, slot(), level, message, { ...always, ...fields })
    }
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** @throws MoultError `INVALID_OPTION` */
function checkLine(
  where: string,
  message: unknown,
  fields: unknown,
  extra: readonly unknown[],
): void {
  if (extra.length > 0) throw extraArguments(where, ['message', 'fields'], 2 + extra.length)
  if (typeof message !== 'string') throw wrongValue(where, 'message', 'a text', message)
  if (fields === undefined || hasFields(fields)) return
  throw wrongValue(where, 'fields', 'an object of fields, such as { error }', fields)
}

/** Of an error or a list the line would have nothing: what is in there are no fields. */
function hasFields(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Error) return false
  const kind = kindOf(value)
  return kind === 'record' || kind === 'bare' || kind === 'other'
}

function write(
  outbox: Outbox,
  slot: number,
  level: LogLevel,
  message: string,
  fields: LogFields,
): void {
  outbox.post({ type: 'log', slot, level, message, ...encodeFields(fields) })
}
