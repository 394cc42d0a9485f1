import type { Log, LogFields, LogLevel } from '../../src/protocol/definition/context.ts'
import { extraArguments } from '../../src/protocol/extra-arguments.ts'
import { encodeFields } from '../../src/protocol/wire/log-fields.ts'
import type { Outbox } from './outbox.ts'

/** Stands for the slot of a line without a process. */
export const NO_SLOT = -1

/** A log for a slot. Main adds the process to its lines. `always` goes with every line. */
export function slotLog(outbox: Outbox, slot: () => number, always: LogFields = {}): Log {
  const at = (level: LogLevel): Log[LogLevel] => {
    return (message, fields, ...extra: unknown[]) => {
      if (extra.length > 0) {
        throw extraArguments(`log.${level}`, ['message', 'fields'], 2 + extra.length)
      }
      write(outbox, slot(), level, message, { ...always, ...fields })
    }
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
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
