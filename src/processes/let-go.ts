import { Deferred } from '../protocol/deferred.ts'
import { Outcome } from '../protocol/wire/messages.ts'
import type { Activation } from './activation.ts'
import type { Message } from './message.ts'

interface Entry {
  readonly message: Message
  readonly activation: Activation
}

/**
 * Messages whose handlers need the state no more, by their sequence numbers. They have left the mailbox: wherever the
 * process lives, each ends in the activation where its handler runs.
 */
export class LetGoMessages {
  readonly #entries = new Map<number, Entry>()
  readonly #waiting = new Map<Activation, Deferred<void>>()

  get size(): number {
    return this.#entries.size
  }

  add(sequence: number, message: Message, activation: Activation): void {
    this.#entries.set(sequence, { message, activation })
  }

  get(sequence: number): Message | undefined {
    return this.#entries.get(sequence)?.message
  }

  /** Where the handler of a message runs. Undefined for any other message. */
  whereIs(message: Message): Activation | undefined {
    const entry = this.#entries.get(message.sequence ?? -1)
    return entry?.message === message ? entry.activation : undefined
  }

  /** Takes out a message that has ended in `activation`. Undefined for any other. */
  take(sequence: number, outcome: Outcome, activation: Activation): Message | undefined {
    // It names the first message that has not finished: that may be one of these.
    if (outcome === Outcome.Progress) return undefined
    const entry = this.#entries.get(sequence)
    if (entry?.activation !== activation) return undefined
    this.#entries.delete(sequence)
    this.#tellEnd(activation)
    return entry.message
  }

  /** Takes out all messages, or those of one activation. */
  takeAll(activation?: Activation): Message[] {
    const taken: Message[] = []
    for (const [sequence, entry] of this.#entries) {
      if (activation !== undefined && entry.activation !== activation) continue
      this.#entries.delete(sequence)
      taken.push(entry.message)
      this.#tellEnd(entry.activation)
    }
    return taken
  }

  /** Resolves when all messages of an activation have ended. Undefined where there are none. */
  ended(activation: Activation): Promise<void> | undefined {
    if (!this.#has(activation)) return undefined
    const waiting = this.#waiting.get(activation) ?? new Deferred<void>()
    this.#waiting.set(activation, waiting)
    return waiting.promise
  }

  /** Resolves when all have ended, wherever they run. */
  async allEnded(): Promise<void> {
    const places = new Set<Activation>()
    for (const { activation } of this.#entries.values()) places.add(activation)
    await Promise.all([...places].map(async (each) => this.ended(each)))
  }

  #has(activation: Activation): boolean {
    for (const entry of this.#entries.values()) if (entry.activation === activation) return true
    return false
  }

  #tellEnd(activation: Activation): void {
    const waiting = this.#waiting.get(activation)
    if (waiting === undefined || this.#has(activation)) return
    this.#waiting.delete(activation)
    waiting.resolve()
  }
}
