import type { Declared } from '../protocol/bytes/declared.ts'
import type { LogLine, Unhandled } from '../protocol/wire/messages.ts'

/** What a thread says that belongs to no process which lives there. */
export interface IsolateObserver {
  /** What the runtime declares, to read replies. */
  readonly declared?: Declared | undefined
  /** A line of the log that `onLoad` writes, or a process that has left. */
  onLog(line: LogLine): void
  onUnhandled(unhandled: Unhandled): void
}
