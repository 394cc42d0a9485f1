import type { CodeLine } from '../code/code-line.ts'
import type { ProcessEvent } from '../processes/event-listeners.ts'
import type { Process } from '../processes/process.ts'
import type { Version } from '../versions/version.ts'

/**
 * Tells those who listen to a process, or to all of its code, of an event that a handler in `version` has emitted. In its
 * order with replies: those who wait for earlier ones go on first.
 */
export function tellEvent(
  process: Process,
  line: CodeLine | undefined,
  version: Version,
  { name, data }: ProcessEvent,
): void {
  // Of a handler that was given up.
  if (process.lifecycle === 'stopped') return
  const from = { id: process.id, name: process.label, version: version.contract.version }
  queueMicrotask(() => {
    process.events?.tell(name, data, from)
    line?.events.tell(name, data, from)
  })
}
