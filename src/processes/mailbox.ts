import Denque from 'denque'
import type { Overflow } from './overflow.ts'

/** The fields that a mailbox needs of its entries. */
export interface Queued {
  /** The number of entries before it, ever. Set when it is queued. */
  arrival: number
  /** Whether its handler has finished, or will never run. */
  readonly isFinished: boolean
  /** Whether a full mailbox takes it. */
  readonly needsNoRoom: boolean
}

type Limits = Pick<Overflow, 'capacity' | 'policy'>

const unlimited: Limits = { capacity: Infinity, policy: 'reject' }

/**
 * The FIFO of one process, on the main thread: entries wait, then are in flight to the isolate.
 * An entry gets its sequence number when it goes into flight, and leaves at the head only when its handler
 * has finished, so that after {@link rewind} all unhandled entries wait again, in the same order.
 * Sequence numbers are never used twice.
 */
export class Mailbox<Entry extends Queued> {
  readonly #inFlight = new Denque<Entry>()
  readonly #waiting = new Denque<Entry>()
  readonly #limits: Limits
  #head = 0
  #arrivals = 0

  constructor(limits: Limits = unlimited) {
    this.#limits = limits
  }

  /** Sequence number of the oldest entry in flight. */
  get head(): number {
    return this.#head
  }

  /** The sequence number that the next entry to go into flight will get. */
  get next(): number {
    return this.#head + this.#inFlight.length
  }

  /** All entries, in flight or waiting. */
  get size(): number {
    return this.#inFlight.length + this.#waiting.length
  }

  get inFlight(): number {
    return this.#inFlight.length
  }

  /** The entry that has been in flight longest. */
  get first(): Entry | undefined {
    return this.#inFlight.peekFront()
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** Whether the mailbox is full for an entry and may drop nothing for it. */
  refuses(entry: Entry): boolean {
    return this.#limits.policy === 'reject' && !this.#hasRoom(entry)
  }

  /**
   * Queues an entry. A full mailbox returns an entry to be failed:
   *
   * - Under `drop-oldest`, the one that has waited longest; none when all are in flight.
   * - Else the new entry, which is not queued.
   */
  admit(entry: Entry): Entry | undefined {
    const hasRoom = this.#hasRoom(entry)
    if (!hasRoom && this.#limits.policy !== 'drop-oldest') return entry
    const dropped = hasRoom ? undefined : this.#waiting.shift()
    entry.arrival = this.#arrivals++
    this.#waiting.push(entry)
    return dropped
  }

  #hasRoom(entry: Entry): boolean {
    return this.size < this.#limits.capacity || entry.needsNoRoom
  }

  /** The entry that has waited longest. */
  peek(): Entry | undefined {
    return this.#waiting.peekFront()
  }

  /** Removes the entry that has waited longest. */
  drop(): Entry | undefined {
    return this.#waiting.shift()
  }

  /** Moves the entry that has waited longest into flight and returns its sequence number. */
  launch(): number {
    const entry = this.#waiting.shift()
    if (entry === undefined) throw new RangeError('nothing waits')
    const sequence = this.next
    this.#inFlight.push(entry)
    return sequence
  }

  /** The entry in flight with a sequence number. */
  get(sequence: number): Entry | undefined {
    const index = sequence - this.#head
    // Denque counts negative positions from the end.
    return index < 0 ? undefined : this.#inFlight.peekAt(index)
  }

  /** The number of entries ever: the arrival number of the next one. */
  get arrivals(): number {
    return this.#arrivals
  }

  /** The arrival number of the oldest entry; of the next one, where there is none. */
  get oldest(): number {
    return this.#at(0)?.arrival ?? this.#arrivals
  }

  /** The unfinished entries with `count` arrival numbers from `arrival` on. */
  slice(arrival: number, count: number): Entry[] {
    const entries: Entry[] = []
    for (let index = this.#indexOf(arrival); index < this.size; index++) {
      const entry = this.#at(index)
      if (entry === undefined || entry.arrival >= arrival + count) break
      if (!entry.isFinished) entries.push(entry)
    }
    return entries
  }

  /** The index of the first entry that came with `arrival` or later. Entries stand in the order in which they came. */
  #indexOf(arrival: number): number {
    let low = 0
    let high = this.size
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#at(middle)?.arrival ?? Infinity) < arrival) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Waiting entries follow those in flight. */
  #at(index: number): Entry | undefined {
    const { length } = this.#inFlight
    return index < length ? this.#inFlight.peekAt(index) : this.#waiting.peekAt(index - length)
  }

  /** Removes entries from the head on while they are finished. */
  trim(): void {
    while (this.#inFlight.peekFront()?.isFinished === true) {
      this.#inFlight.shift()
      this.#head++
    }
  }

  /** Unfinished entries in flight wait again, in front. */
  rewind(): void {
    this.#head = this.next
    for (let entry = this.#inFlight.pop(); entry !== undefined; entry = this.#inFlight.pop()) {
      if (!entry.isFinished) this.#waiting.unshift(entry)
    }
  }

  /** Removes and returns everything, oldest first. */
  clear(): Entry[] {
    this.rewind()
    const all = this.#waiting.toArray()
    this.#waiting.clear()
    return all
  }
}
