import type { FromSlot, Outcome } from '../protocol/wire/messages.ts'
import type { ThreadExit } from './thread.ts'

/** Receives what an isolate's thread says of one process. */
export interface ActivationListener {
  /** Messages from `sequence` on ended like this; their values are `batch[from]` up to, not including, `batch[to]`. */
  onReplies(
    sequence: number,
    outcome: Outcome,
    batch: readonly unknown[],
    from: number,
    to: number,
  ): void
  onMessage(message: FromSlot): void
  /** The thread has exited. Everything it had sent was delivered before. */
  onExit(exit: ThreadExit): void
}
