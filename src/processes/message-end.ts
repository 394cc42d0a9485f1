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
