/** What waits in a queue. */
export interface Queued {
  /** When it is due. */
  readonly dueAt: number
  /** Where it stands. -1 for nowhere. */
  index: number
}

/** A binary heap, the one that is due first on top. Each knows where it stands, so that any can be taken out. */
export class TimerQueue<Item extends Queued> {
  readonly #heap: Item[] = []

  get first(): Item | undefined {
    return this.#heap[0]
  }

  get size(): number {
    return this.#heap.length
  }

  add(item: Item): void {
    this.#put(item, this.#heap.length)
    this.#rise(item)
  }

  remove(item: Item): void {
    const { index } = item
    if (index < 0) return
    item.index = -1
    const last = this.#heap.pop()
    if (last === undefined || last === item) return
    this.#put(last, index)
    this.#rise(last)
    this.#sink(last)
  }

  #rise(item: Item): void {
    while (item.index > 0) {
      const { index } = item
      const parent = this.#heap[(index - 1) >> 1] as Item
      if (parent.dueAt <= item.dueAt) return
      this.#put(item, parent.index)
      this.#put(parent, index)
    }
  }

  #sink(item: Item): void {
    for (;;) {
      const { index } = item
      const left = this.#heap[2 * index + 1]
      const right = this.#heap[2 * index + 2]
      const child =
        right !== undefined && left !== undefined && right.dueAt < left.dueAt ? right : left
      if (child === undefined || item.dueAt <= child.dueAt) return
      this.#put(item, child.index)
      this.#put(child, index)
    }
  }

  #put(item: Item, index: number): void {
    this.#heap[index] = item
    item.index = index
  }
}
