/** A client on the main thread that calls again as soon as it has its reply, and knows the longest time between two replies. */
export class Pinger {
  readonly #ping: () => Promise<number>
  readonly #done: Promise<void>
  #isRunning = true
  #last = performance.now()
  #longest = 0

  constructor(ping: () => Promise<number>) {
    this.#ping = ping
    this.#done = this.#run()
    // A ping that fails is told by stop: what made it fail, such as a swap, comes first.
    this.#done.catch(() => undefined)
  }

  /** Starts a new window. */
  reset(): void {
    this.#longest = 0
  }

  /** The longest gap of the window, one that has not ended yet included. */
  get longestGap(): number {
    return Math.max(this.#longest, performance.now() - this.#last)
  }

  stop(): Promise<void> {
    this.#isRunning = false
    return this.#done
  }

  async #run(): Promise<void> {
    let before = await this.#ping()
    while (this.#isRunning) {
      const reply = await this.#ping()
      if (reply !== ++before) throw new Error(`ping ${before} was answered with ${reply}`)
      const now = performance.now()
      if (now - this.#last > this.#longest) this.#longest = now - this.#last
      this.#last = now
    }
  }
}
