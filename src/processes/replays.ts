import type { Version } from '../versions/version.ts'
import type { MoultError } from '../protocol/errors.ts'
import type { Message } from './message.ts'
import type { Timer } from './timer.ts'
import { Replay } from './replay.ts'

/** Messages that were answered and that a state does not have, by their numbers in the mailbox, of which the first is 0. */
export interface LostMessages {
  readonly count: number
  /** The first of them. */
  readonly from: number
  /** The last of them. */
  readonly to: number
}

/** How a process goes on from an earlier state. */
export interface WayBack {
  /** The version that goes on. */
  readonly version: Version
  /** Whether a message that was answered is handled once more. */
  readonly replays: (message: Message) => boolean
  /** Why the state from before is the one that counts. */
  readonly reason: MoultError
}

/** The same to an activation that has stood still since, and the timers that the process had then. */
export interface GoingBack extends WayBack {
  readonly timers: Map<string, Timer> | undefined
}

/** What became of the messages since then. */
export interface WentBack {
  /** How many had been answered and are handled once more, so that the state has them. */
  readonly replayed: number
  /** Those that had been answered, and that the state does not have. Undefined where there are none. */
  readonly lost: LostMessages | undefined
}

interface ReplayPlan extends Pick<WayBack, 'version' | 'replays'> {
  readonly process: { readonly label: string }
  /** Whether the handler of a message has begun where it was sent before. */
  readonly hasBegun: (message: Message) => boolean
}

/** What is to be done with messages that were sent to an activation that is given up. */
export interface Replays {
  /** To be handled, in this order, before all that waits. */
  readonly queue: readonly Message[]
  /** Their handlers had begun and cannot begin again: their callers are to be told. */
  readonly failed: readonly Message[]
  /** Answered, and not to be handled again. */
  readonly lost: readonly Message[]
}

/** Decides what is to be done with each message that was sent since a state was kept from which its process goes on. */
export function replaysOf(messages: readonly Message[], plan: ReplayPlan): Replays {
  const queue: Message[] = []
  const failed: Message[] = []
  const lost: Message[] = []
  for (const message of messages) {
    if (!message.isAnswered) (mayBegin(message, plan) ? queue : failed).push(message)
    else if (message.kind === 'read-state' || !wasHandled(message, plan)) continue
    else if (mayReplay(message, plan)) queue.push(new Replay(message))
    else lost.push(message)
  }
  return { queue, failed, lost }
}

/** Also in part: its caller may have stopped waiting. */
function wasHandled(message: Message, { hasBegun }: ReplayPlan): boolean {
  return message.isFinished || hasBegun(message)
}

function mayReplay(message: Message, { version, process, replays }: ReplayPlan): boolean {
  // What was moved is gone, and the items of a stream have been taken.
  if (message.transfer !== undefined || message.streams !== undefined) return false
  return replays(message) && typeof message.operationIn(version, process) === 'number'
}

/** Whether a message whose caller waits can be sent again. */
function mayBegin(message: Message, { version, hasBegun }: ReplayPlan): boolean {
  if (message.transfer !== undefined) return false
  if (message.streams === undefined || message.isResumableIn(version)) return true
  return !hasBegun(message)
}

/** The range of messages that are lost. Undefined where there are none. */
export function lostRange(messages: readonly Message[]): LostMessages | undefined {
  if (messages.length === 0) return undefined
  let from = Infinity
  let to = -1
  for (const { arrival } of messages) {
    from = Math.min(from, arrival)
    to = Math.max(to, arrival)
  }
  return { count: messages.length, from, to }
}
