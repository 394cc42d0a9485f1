import { MoultError } from '../protocol/errors.ts'

/** What a full mailbox does with one more message. */
export type OverflowPolicy = 'reject' | 'drop-oldest' | 'drop-newest'

/** The most messages in flight: enough to keep the isolate busy while an acknowledgement travels. */
const WINDOW = 1024

/** One of each kind: mailboxes share them. */
export class Overflows {
  readonly #kinds = new Map<string, Overflow>()

  of(capacity: number, policy: OverflowPolicy): Overflow {
    const kind = `${capacity} ${policy}`
    const overflow = this.#kinds.get(kind) ?? new Overflow(capacity, policy)
    this.#kinds.set(kind, overflow)
    return overflow
  }
}

/** Capacity and overflow policy. Without state of its own, so that mailboxes can share it. */
export class Overflow {
  readonly capacity: number
  readonly policy: OverflowPolicy
  /** The most entries in flight. These cannot be dropped, so `drop-oldest` keeps half of the capacity waiting here. */
  readonly window: number

  constructor(capacity: number, policy: OverflowPolicy) {
    this.capacity = capacity
    this.policy = policy
    this.window = policy === 'drop-oldest' ? Math.min(WINDOW, Math.floor(capacity / 2)) : WINDOW
  }

  /** The error of a message that finds the mailbox of `process` full. */
  full(process: string): MoultError {
    const expected = `at most ${this.capacity} messages`
    const message = `the mailbox of ${process} is at its capacity: ${expected}`
    return new MoultError('MAILBOX_FULL', message, { process, expected, received: 'one more' })
  }
}
