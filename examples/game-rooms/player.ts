import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { Frame } from './room-v1.ts'

/** Takes a step at each frame, and looks at what comes back. */
export class Player {
  readonly name: string
  readonly #socket: WebSocket
  #closed = 0
  #last: Frame | undefined
  #lastAt = performance.now()
  #longestGapMs = 0
  #missed = 0
  #steps = 0

  private constructor(name: string, url: string) {
    this.name = name
    this.#socket = new WebSocket(`${url}/${name}`)
    this.#socket.on('close', () => this.#closed++)
    this.#socket.on('message', (text: Buffer) => this.#see(JSON.parse(text.toString()) as Frame))
  }

  /** Enters a room: settled with its first frame. */
  static async enter(name: string, url: string): Promise<Player> {
    const player = new Player(name, url)
    await once(player.#socket, 'message')
    return player
  }

  get isConnected(): boolean {
    return this.#socket.readyState === WebSocket.OPEN && this.#closed === 0
  }

  /** How many frames did not come where they were due, by their numbers. */
  get missed(): number {
    return this.#missed
  }

  get lastTick(): number {
    return this.#last?.tick ?? 0
  }

  /** The longest time between two frames since this was asked last. */
  longestGapMs(): number {
    const longest = this.#longestGapMs
    this.#longestGapMs = 0
    return longest
  }

  /** How many of its steps were lost or made twice, when it has waited for those that it has taken so far. */
  async wrongSteps(): Promise<number> {
    const steps = this.#steps
    const until = this.lastTick + 20
    while (this.#place < steps && this.lastTick < until) await once(this.#socket, 'message')
    return Math.max(0, steps - this.#place, this.#place - this.#steps)
  }

  async leave(): Promise<void> {
    this.#socket.close()
    await once(this.#socket, 'close')
  }

  get #place(): number {
    return this.#last?.places[this.name] ?? 0
  }

  #see(frame: Frame): void {
    const now = performance.now()
    if (this.#last !== undefined) {
      if (frame.tick !== this.#last.tick + 1) this.#missed++
      this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastAt)
    }
    this.#last = frame
    this.#lastAt = now
    this.#steps++
    this.#socket.send('')
  }
}
