import type { Code } from 'moult'
import { setTimeout } from 'node:timers/promises'
import type room from './room-v1.ts'

/** How long to wait for rooms that may have stopped. */
const LIMIT_MS = 30_000

/** Counts the ticks of all rooms. */
export class Ticks {
  readonly #last = new Map<string, number>()
  readonly #byVersion = new Map<string, Map<string, number>>()
  #wrong = 0

  constructor(code: Code<typeof room>) {
    code.on('frame', ({ tick }, { name, version }) => {
      if (tick !== (this.#last.get(name) ?? 0) + 1) this.#wrong++
      this.#last.set(name, tick)
      const rooms = this.#byVersion.get(version) ?? new Map<string, number>()
      this.#byVersion.set(version, rooms.set(name, (rooms.get(name) ?? 0) + 1))
    })
  }

  get total(): number {
    return [...this.#last.values()].reduce((sum, tick) => sum + tick, 0)
  }

  /** Ticks that did not follow the one before. */
  get wrong(): number {
    return this.#wrong
  }

  /** Settled when so many rooms have ticked so often in a version. */
  async until(rooms: number, ticks: number, version: string): Promise<void> {
    const counts = (): number[] => [...(this.#byVersion.get(version)?.values() ?? [])]
    const signal = AbortSignal.timeout(LIMIT_MS)
    while (counts().filter((count) => count >= ticks).length < rooms) {
      await setTimeout(20, undefined, { signal })
    }
  }
}
