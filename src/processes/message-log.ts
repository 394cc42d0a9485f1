import type { Message } from './message.ts'

/** What has been sent to one activation, oldest first, so that it can be handled again on an earlier state. */
export class MessageLog {
  readonly #messages: Message[] = []
  /** Another log that gets the same, and goes on when this one ends. */
  also: MessageLog | undefined

  /** A message has been sent there. */
  add(message: Message): void {
    this.#messages.push(message)
    this.also?.add(message)
  }

  get messages(): readonly Message[] {
    return this.#messages
  }
}
