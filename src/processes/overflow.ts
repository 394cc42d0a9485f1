import { MoultError } from '../protocol/errors.ts'

/** What happens to a message that finds the mailbox at its capacity. */
export type OverflowPolicy = 'reject' | 'drop-oldest' | 'drop-newest'

/** How many messages may be in flight to the isolate: enough to keep it busy while an acknowledgement travels. */
const WINDOW = 1024

/** How much a mailbox takes, and what becomes of one message more. It has no state: one for all mailboxes of a kind. */
export class Overflow {
  readonly capacity: number
  readonly policy: OverflowPolicy
  /** How many entries may be in flight. What is in flight cannot be dropped, so where the oldest may have to be, half waits here. */
  readonly window: number

  constructor(capacity: number, policy: OverflowPolicy) {
    this.capacity = capacity
    this.policy = policy
    this.window = policy === 'drop-oldest' ? Math.min(WINDOW, Math.floor(capacity / 2)) : WINDOW
  }

  /** What is told of the message that the mailbox of `process` has no room for. */
  full(process: string): MoultError {
    const expected = `at most ${this.capacity} messages`
    const message = `the mailbox of ${process} is at its capacity: ${expected}`
    return new MoultError('MAILBOX_FULL', message, { process, expected, received: 'one more' })
  }
}
