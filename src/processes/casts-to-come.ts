import type { Version } from '../versions/version.ts'
import type { Message } from './message.ts'

/** A cast that main will send to a process. */
interface CastToCome {
  readonly cast: string
  /** Whether only what a version declares can read its payload. Absent where it never has such. */
  readonly needsDeclared?: boolean
  /** The same as a message, seen from the version that serves. */
  messageOf(served: Version | undefined): Message
}

/** A process that may be sent casts by what it has left on main. */
interface Receiver {
  readonly timers: ReadonlyMap<string, CastToCome> | undefined
  readonly monitors: ReadonlyMap<string, CastToCome> | undefined
}

/** The casts that timers and monitors of a process will send it. Undefined for none. */
export function castsToCome({ timers, monitors }: Receiver): readonly CastToCome[] | undefined {
  if (timers === undefined && monitors === undefined) return undefined
  return [...(timers?.values() ?? []), ...(monitors?.values() ?? [])]
}
