import type { WireFields } from './log-fields.ts'
import type { LogLine } from './messages.ts'

/** The line of a post that has arrived and cannot be read: what was in it is lost, but not in silence. */
export function unreadablePost(fields: WireFields): LogLine {
  const message = 'a message between main and a thread could not be read, and is lost'
  return { type: 'log', slot: -1, level: 'error', message, ...fields }
}
