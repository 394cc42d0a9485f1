import type { FromSlot, Outcome } from '../protocol/wire/messages.ts'
import type { ThreadExit } from './thread.ts'

/** What an isolate needs of a process: somewhere to put what its thread says. */
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
  /** The thread has exited. All that it had sent was given out before. */
  onExit(exit: ThreadExit): void
}
