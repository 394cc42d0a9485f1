/** After this time (ms) a thread attends to other events than its messages. */
const TURN_MS = 1

/**
 * Passes messages on in turns, in their order. Node delivers up to a thousand messages of a port without a break. When
 * each handler takes a millisecond, timers, immediates and other ports would wait for a second: tables would not be
 * copied, nor requests of main answered.
 */
export class Turns<Message> {
  readonly #receive: (message: Message) => void
  readonly #now: () => number
  /** Messages that came after the end of the turn. */
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

  /** Begins a turn behind other events of the thread. */
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
