import type { Operation } from '../../definition/operations.ts'
import type { Version } from '../../state/version.ts'
import { asyncContexts, stores } from '../async-contexts.ts'
import type { Origin, OriginProcess } from '../async-contexts.ts'
import type { Outbox } from '../outbox.ts'
import type { Handlers } from './handlers.ts'
import type { HostContext } from './host-context.ts'
import { LEFT_OUT, Unreadable } from './inbox.ts'
import type { Inbox, QueuedRun } from './inbox.ts'

/** The process whose turn it is. */
export interface TurnOwner extends OriginProcess {
  readonly context: HostContext
  /** Whether the next message may be handled now. */
  mayHandle(): boolean
  handle(sequence: number, operation: Operation, payload: unknown): void
}

/** A process, what it has received, and where. */
export interface Turn {
  readonly owner: TurnOwner
  readonly inbox: Inbox
  readonly handlers: Handlers
  readonly version: Version
  readonly outbox: Outbox
}

/**
 * Handles at most `quota` messages, until the next handler that is still running, a suspend, or the end of the turn. True
 * where more could be handled.
 */
export function takeTurn(turn: Turn, quota: number): boolean {
  const { owner, inbox } = turn
  let left = quota
  asyncContexts.enter(owner)
  try {
    for (let run = inbox.current; run !== undefined; run = inbox.current) {
      if (left === 0) return true
      const end = Math.min(run.end, run.at + left)
      left -= end - run.at
      if (!handleRun(turn, run, end)) return false
    }
    return false
  } finally {
    asyncContexts.leave()
  }
}

/** Turns of a process of whose state no copies go to main. */
export const plainTurns = { takeTurn }

/** Handles messages up to the last whose buffers moved here, as far as there is room. */
export function handleMoved(turn: Turn): void {
  while (turn.inbox.hasMoved) if (!takeTurn(turn, 1)) return
}

/** Handles messages of one operation. False when it had to stop before `end`. */
function handleRun(turn: Turn, run: QueuedRun, end: number): boolean {
  const { owner, inbox, handlers, version, outbox } = turn
  const operation = version.operation(run.operation)
  /** Until a store has been entered: what follows needs another context. False when it had to stop before that. */
  const handle = (): boolean => {
    const before = stores.entered
    while (run.at < end && stores.entered === before) {
      if (!owner.mayHandle()) return false
      const sequence = run.sequence++
      const payload = run.batch[run.at++]
      const told = inbox.takeTold(sequence)
      if (told === LEFT_OUT) handlers.skip(sequence)
      else if (told instanceof Unreadable) handlers.refuse(sequence, operation, told.error)
      else {
        if (told !== undefined) owner.context.abandon(sequence, told)
        owner.handle(sequence, operation, payload)
      }
      outbox.flushIfDue()
    }
    return true
  }
  const origin = originOf(owner, operation)
  while (run.at < end) {
    if (!asyncContexts.runAs(origin, handle)) return false
  }
  return true
}

function originOf(process: OriginProcess, { kind, name }: Operation): Origin {
  return { process, during: kind, name }
}
