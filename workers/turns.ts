/** After so long (ms) a thread sees to other things than its messages. */
const TURN_MS = 1

/**
 * Hands messages on in turns, in their order. Node hands a port's messages out without a break, up to a thousand in a row, for as
 * long as others arrive meanwhile. Where each takes its handler a millisecond, that is a second in which neither timers nor
 * immediates nor other ports come to their right: tables would not be copied, and main's questions not be answered.
 */
export class Turns<Message> {
  readonly #receive: (message: Message) => void
  /** What has come since the turn was over. */
  #waiting: Message[] = []
  #began: number | undefined

  constructor(receive: (message: Message) => void) {
    this.#receive = receive
  }

  readonly take = (message: Message): void => {
    if (this.#began === undefined) this.#begin()
    if (this.#waiting.length > 0 || this.#isOver()) this.#waiting.push(message)
    else this.#receive(message)
  }

  /** Behind everything else that the thread has to see to. */
  #begin(): void {
    this.#began = performance.now()
    setImmediate(this.#end)
  }

  readonly #end = (): void => {
    this.#began = undefined
    const waiting = this.#waiting
    if (waiting.length === 0) return
    this.#begin()
    let at = 0
    try {
      while (at < waiting.length && !this.#isOver()) this.#receive(waiting[at++] as Message)
    } finally {
      this.#waiting = at === waiting.length ? [] : waiting.slice(at)
    }
  }

  #isOver(): boolean {
    return this.#began !== undefined && performance.now() - this.#began >= TURN_MS
  }
}
