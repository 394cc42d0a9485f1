import { MoultError } from '../protocol/errors.ts'
import type { Mailbox } from './mailbox.ts'
import type { Message } from './message.ts'

/** What happens to a message that finds the mailbox at its capacity. */
export type OverflowPolicy = 'reject' | 'drop-oldest' | 'drop-newest'

/** A message that has to go, and what its caller is told. */
export interface Dropped {
  readonly message: Message
  readonly error: MoultError
}

/** How many messages may be in flight to the isolate: enough to keep it busy while an acknowledgement travels. */
const WINDOW = 1024

/** Decides whether a mailbox takes another message. */
export class Overflow {
  readonly #capacity: number
  readonly #policy: OverflowPolicy

  constructor(capacity: number, policy: OverflowPolicy) {
    this.#capacity = capacity
    this.#policy = policy
  }

  /** How many entries may be in flight. What is in flight cannot be dropped, so where the oldest may have to be, half waits here. */
  get window(): number {
    return this.#policy === 'drop-oldest'
      ? Math.min(WINDOW, Math.floor(this.#capacity / 2))
      : WINDOW
  }

  /** @throws MoultError `MAILBOX_FULL` where there is no room and nothing may be dropped. */
  checkRoom(message: Message, mailbox: Mailbox<Message>, process: string): void {
    if (this.#policy === 'reject' && !this.#hasRoom(message, mailbox)) throw this.#full(process)
  }

  /**
   * What has to be dropped so that the message may be queued: nothing, itself (under `drop-newest`), or the oldest
   * that waits (under `drop-oldest`).
   */
  dropFor(message: Message, mailbox: Mailbox<Message>, process: string): Dropped | undefined {
    if (this.#hasRoom(message, mailbox)) return undefined
    const dropped = this.#policy === 'drop-newest' ? message : mailbox.drop()
    return dropped && { message: dropped, error: this.#full(process) }
  }

  #hasRoom(message: Message, mailbox: Mailbox<Message>): boolean {
    return mailbox.size < this.#capacity || message.kind === 'read-state'
  }

  #full(process: string): MoultError {
    const expected = `at most ${this.#capacity} messages`
    const message = `the mailbox of ${process} is at its capacity: ${expected}`
    return new MoultError('MAILBOX_FULL', message, { process, expected, received: 'one more' })
  }
}
