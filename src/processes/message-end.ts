import type { MoultError } from '../protocol/errors.ts'
import { Outcome } from '../protocol/wire/messages.ts'
import { decodeThrown } from '../protocol/wire/thrown.ts'
import type { WireThrown } from '../protocol/wire/thrown.ts'
import type { Message } from './message.ts'
import type { Totals } from './totals.ts'

/** The process of a message that ends. */
export interface EndOwner {
  readonly totals: Totals
  /** A cast failed. It has no caller, so the owner is told. */
  onCastFailed(name: string, error: unknown): void
}

/** A message has ended with an outcome other than {@link Outcome.Finished}. */
export function endMessage(
  owner: EndOwner,
  message: Message,
  outcome: Outcome,
  value: unknown,
): void {
  if (message.isReplay) return message.finish()
  if (message.kind === 'call') owner.totals.calls++
  if (outcome === Outcome.Reply) return message.succeed(value)
  owner.totals.failed++
  const error = decodeThrown(value as WireThrown)
  if (outcome === Outcome.CastThrew) owner.onCastFailed(message.name, error)
  else message.fail(error)
}

/** The handler of a message has finished, and there is nothing to tell. */
export function finishMessage({ totals }: EndOwner, message: Message): void {
  if (message.isFinished) return
  message.finish()
  if (message.kind === 'cast' && !message.isReplay) totals.casts++
}

/** A message will not be handled, or its handler was hit. */
export function failMessage(owner: EndOwner, message: Message, error: MoultError): void {
  const isTold = message.kind === 'cast' && !message.isAnswered && !message.isReplay
  if (isTold) owner.onCastFailed(message.name, error)
  message.abandon(error)
  message.finish()
}

/** Tells the caller of a message that was hit; `isFinished` where its handler has ended, and its reply is lost. */
export type ErrorOfHit = (message: Message, isFinished: boolean) => MoultError

/** How far messages in flight had come where they were handled, by their sequence numbers. */
interface Reached {
  /** The number after the last that had begun. */
  readonly started: number
  /** The number before which all had ended. */
  readonly finished: number
  /** Whether buffers are gone that had moved there. */
  readonly losesMoved: boolean
}

/**
 * Messages in flight are not handled any more where they were sent: those fail that had begun. Returns the lowest arrival
 * number of those that had not been handled.
 */
export function failFlying(
  owner: EndOwner,
  flying: Iterable<readonly [sequence: number, message: Message]>,
  { started, finished, losesMoved }: Reached,
  errorOf: ErrorOfHit,
): number {
  let before = Infinity
  for (const [sequence, message] of flying) {
    if (message.isFinished) continue
    // Buffers that moved are gone with the thread, whether their handler had started or not.
    const isHit = sequence < started || (losesMoved && message.transfer !== undefined)
    const isFinished = sequence < finished
    const isOver = message.kind === 'cast' && isFinished
    if (!isOver) before = Math.min(before, message.arrival)
    if (isOver) finishMessage(owner, message)
    else if (isHit) failMessage(owner, message, errorOf(message, isFinished))
  }
  return before
}
