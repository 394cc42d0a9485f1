import type { LogLine, Unhandled } from '../protocol/wire/messages.ts'

/** What a thread says that belongs to no process which lives there. */
export interface IsolateObserver {
  /** A line of the log that `onLoad` writes, or a process that has left. */
  onLog(line: LogLine): void
  onUnhandled(unhandled: Unhandled): void
}
