import { setImmediate as turn } from 'node:timers/promises'
import type { ProcessRef } from 'moult'
import { expect } from 'vitest'
import type { Room } from './shared.ts'

/** Sends numbered calls and casts to all rooms, turn by turn, until told to end. */
export class Traffic {
  readonly #rooms: readonly ProcessRef<Room>[]
  readonly #running: Promise<void>
  #isEnding = false
  #sent = 0

  constructor(rooms: readonly ProcessRef<Room>[]) {
    this.#rooms = rooms
    this.#running = this.#run()
  }

  /** How many entries each room was sent. */
  async end(): Promise<number> {
    this.#isEnding = true
    await this.#running
    return this.#sent
  }

  async #run(): Promise<void> {
    while (!this.#isEnding) {
      const [put, enter] = [++this.#sent, ++this.#sent]
      const replies = this.#rooms.map((room) => {
        room.cast('put', { sender: 'traffic', number: put })
        return room.call('enter', { sender: 'traffic', number: enter })
      })
      const counts = await Promise.all(replies)
      expect(counts).toEqual(this.#rooms.map((_, index) => 1000 + index + enter))
      await turn()
    }
  }
}
