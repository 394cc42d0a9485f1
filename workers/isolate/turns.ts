/** After so long (ms) a thread sees to other things than its messages. */
const TURN_MS = 1

/**
 * Hands messages on in turns, in their order. Node hands a port's messages out without a break, up to a thousand in a row, for as
 * long as others arrive meanwhile. Where each takes its handler a millisecond, that is a second in which neither timers nor
 * immediates nor other ports come to their right: tables would not be copied, and main's requests not be answered.
 */
export class Turns<Message> {
  readonly #receive: (message: Message) => void
  readonly #now: () => number
  /** What has come since the turn was over. */
  #waiting: Message[] = []
  #began: number | undefined

  /** `now` tells the time in ms. */
  constructor(receive: (message: Message) => void, now = () => performance.now()) {
    this.#receive = receive
    this.#now = now
  }

  readonly take = (message: Message): void => {
    const isFirst = this.#began === undefined
    if (isFirst) this.#begin()
    // The first of a turn need not ask the clock: nothing waits, and the turn has just begun.
    if (!isFirst && (this.#waiting.length > 0 || this.#isOver())) this.#waiting.push(message)
    else this.#receive(message)
  }

  /** Behind everything else that the thread has to see to. */
  #begin(): void {
    this.#began = this.#now()
    setImmediate(this.#end)
  }

  readonly #end = (): void => {
    this.#began = undefined
    const waiting = this.#waiting
    if (waiting.length === 0) return
    this.#begin()
    let at = 0
    try {
      // One at least: on a busy machine a turn may be over before its first message, and the next one too.
      do this.#receive(waiting[at++] as Message)
      while (at < waiting.length && !this.#isOver())
    } finally {
      this.#waiting = at === waiting.length ? [] : waiting.slice(at)
    }
  }

  #isOver(): boolean {
    return this.#began !== undefined && this.#now() - this.#began >= TURN_MS
  }
}
