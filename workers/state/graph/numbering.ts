/**
 * The most objects in one Map. When a Map grows it looks at all that it has, during which messages wait; and V8 takes 16
 * million at most.
 */
const MOST = 2 ** 16

/** Numbers of objects. They are given once, in turn. */
export class Numbering {
  #maps: Map<object, number>[] = []
  #latest = new Map<object, number>()
  #next = 0

  /** How many have been given. */
  get given(): number {
    return this.#next
  }

  /** How many objects have one. */
  get size(): number {
    return this.#maps.reduce((sum, { size }) => sum + size, this.#latest.size)
  }

  /** Undefined for an object that has none. */
  find(object: object): number | undefined {
    const number = this.#latest.get(object)
    if (number !== undefined) return number
    for (let at = this.#maps.length - 1; at >= 0; at--) {
      const found = this.#maps[at]?.get(object)
      if (found !== undefined) return found
    }
    return undefined
  }

  give(object: object): number {
    if (this.#latest.size >= MOST) {
      this.#maps.push(this.#latest)
      this.#latest = new Map()
    }
    const number = this.#next++
    this.#latest.set(object, number)
    return number
  }

  /** Its number is not given again. */
  forget(object: object): void {
    if (this.#latest.delete(object)) return
    for (const map of this.#maps) {
      if (!map.delete(object)) continue
      if (map.size === 0) this.#maps = this.#maps.filter((each) => each !== map)
      return
    }
  }
}
