import Denque from 'denque'
import { unwrapSequence } from '../protocol/wire/progress.ts'
import type { ProgressCell } from '../protocol/wire/progress.ts'
import type { Message } from './message.ts'
import { MessageLog } from './message-log.ts'

/** How many messages are kept where a rule does not say. */
const MOST = 1_000

/** The messages that have been sent behind the last checkpoint. When it is full, those that come later are not kept. */
export class RecentLog extends MessageLog {
  readonly #recent = new Denque<Message>()
  readonly #most: number

  constructor(most = MOST) {
    super()
    this.#most = most
  }

  override add(message: Message): void {
    if (this.#recent.length < this.#most) this.#recent.push(message)
  }

  override get messages(): readonly Message[] {
    return this.#recent.toArray()
  }

  /** Forgets those that a checkpoint has: they have lower sequence numbers. */
  dropBefore(sequence: number): void {
    while ((this.#recent.peekFront()?.sequence ?? sequence) < sequence) this.#recent.shift()
  }

  /** Takes those out that had been handled where `cell` tells of it, as far as main knows and the cell says. */
  takeHandled({ finished }: Pick<ProgressCell, 'finished'>): Message[] {
    const handled = this.messages.filter(({ isFinished, isAnswered, kind, sequence = 0 }) => {
      return (
        (isFinished && isAnswered) ||
        (kind === 'cast' && sequence < unwrapSequence(finished, sequence))
      )
    })
    this.#recent.clear()
    return handled
  }
}
