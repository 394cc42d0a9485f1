import type { Declared } from '../protocol/bytes/declared.ts'
import type { LogLine, Unhandled } from '../protocol/wire/messages.ts'
import type { ThreadExit } from './thread.ts'

/** A version, as an isolate that has loaded it is known by. */
export interface LoadedVersion {
  readonly version: string
  /** SHA-256 of the image, hex. */
  readonly hash: string
  /** URL of the image. */
  readonly url: string
}

/** What a thread says that belongs to no process which lives there, and what becomes of it. */
export interface IsolateObserver {
  /** What the runtime declares, to read replies. */
  readonly declared?: Declared | undefined
  /** A line of the log that `onLoad` writes, or a process that has left. */
  onLog(line: LogLine): void
  onUnhandled(unhandled: Unhandled): void
  onStarted?(threadId: number): void
  onLoaded?(threadId: number, version: LoadedVersion): void
  /** @param version that it had loaded, if any. */
  onExited?(exit: ThreadExit, version: LoadedVersion | undefined): void
}
