import type { Message } from './message.ts'

/** What has been sent to one activation, oldest first, so that it can be handled again on an earlier state. */
export class MessageLog {
  readonly #messages: Message[] = []

  /** A message has been sent there. */
  add(message: Message): void {
    this.#messages.push(message)
  }

  get messages(): readonly Message[] {
    return this.#messages
  }
}
