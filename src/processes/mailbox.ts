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
  /** How many may be handled at once. */
  handledAtOnce = 1
  /** Entries in flight that have let finished ones behind them pass, by their sequence numbers. */
  #overtaken: Map<number, Entry> | undefined
  #head = 0
  #arrivals = 0

  constructor(limits: Limits = unlimited) {
    this.#limits = limits
  }

  /** Sequence number of the oldest entry in flight that has not been overtaken. */
  get head(): number {
    return this.#head
  }

  /** The sequence number that the next entry to go into flight will get. */
  get next(): number {
    return this.#head + this.#inFlight.length
  }

  /** All entries, in flight or waiting. */
  get size(): number {
    const size = this.#inFlight.length + this.#waiting.length
    return this.#overtaken === undefined ? size : size + this.#overtaken.size
  }

  /** Entries in flight that have not been overtaken. */
  get inFlight(): number {
    return this.#inFlight.length
  }

  /** Whether one more may go into flight, of `window` at most. */
  hasRoomInFlight(window: number): boolean {
    if (this.#inFlight.length < window) return true
    return this.overtake() && this.#inFlight.length < window
  }

  /** Whether the next entry to go into flight would be handled at once, beside those that are in flight. */
  get isHandledAtOnce(): boolean {
    let unfinished = 0
    for (const [, { isFinished }] of this.flying()) if (!isFinished) unfinished++
    return unfinished < this.handledAtOnce
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
    const { capacity } = this.#limits
    if (this.size < capacity || entry.needsNoRoom) return true
    return this.overtake() && this.size < capacity
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
    return index < 0 ? this.#overtaken?.get(sequence) : this.#inFlight.peekAt(index)
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

  /** All entries in flight, oldest first, with their sequence numbers. */
  *flying(): Iterable<readonly [sequence: number, entry: Entry]> {
    yield* this.#overtaken ?? []
    for (let sequence = this.#head; sequence < this.next; sequence++) {
      const entry = this.get(sequence)
      if (entry !== undefined) yield [sequence, entry]
    }
  }

  /** Unfinished entries in flight with sequence numbers from `from` on and below `to`, oldest first. */
  unfinished(from: number, to: number): Entry[] {
    const unfinished: Entry[] = []
    for (const [sequence, entry] of this.flying())
      if (!entry.isFinished && sequence >= from && sequence < to) unfinished.push(entry)
    return unfinished
  }

  /** Whether all entries in flight are over whose sequence numbers are lower. */
  areOver(before: number, isOver: (entry: Entry) => boolean): boolean {
    for (const [sequence, entry] of this.flying()) {
      if (sequence >= before) return true
      if (!isOver(entry)) return false
    }
    return true
  }

  /** Waiting entries follow those in flight. */
  #at(index: number): Entry | undefined {
    const { length } = this.#inFlight
    return index < length ? this.#inFlight.peekAt(index) : this.#waiting.peekAt(index - length)
  }

  /** Removes entries from the head on while they are finished. */
  trim(): void {
    while (this.#inFlight.peekFront()?.isFinished === true) this.#shift()
    if (this.#overtaken !== undefined) this.#trimOvertaken(this.#overtaken)
  }

  #shift(): Entry | undefined {
    this.#head++
    return this.#inFlight.shift()
  }

  #trimOvertaken(overtaken: Map<number, Entry>): void {
    for (const [sequence, entry] of overtaken) if (entry.isFinished) overtaken.delete(sequence)
    if (overtaken.size === 0) this.#overtaken = undefined
  }

  /**
   * Lets finished entries leave behind such as still run: one that takes long would hold up all others once the window
   * or the mailbox is full. False where none could.
   */
  overtake(): boolean {
    let hasPassed = false
    for (let ahead = this.#runningAhead(); ahead > 0; ahead = this.#runningAhead()) {
      hasPassed = true
      const overtaken = (this.#overtaken ??= new Map())
      for (; ahead > 0; ahead--) {
        const sequence = this.#head
        const entry = this.#shift()
        if (entry !== undefined) overtaken.set(sequence, entry)
      }
      this.trim()
    }
    return hasPassed
  }

  /** The number of entries that run before the first that has finished; 0 where there is none. */
  #runningAhead(): number {
    if (this.handledAtOnce === 1) return 0
    const most = Math.min(this.handledAtOnce, this.#inFlight.length - 1)
    for (let at = 0; at <= most; at++) if (this.#inFlight.peekAt(at)?.isFinished === true) return at
    return 0
  }

  /** Unfinished entries in flight wait again, in front. */
  rewind(): void {
    this.#head = this.next
    for (let entry = this.#inFlight.pop(); entry !== undefined; entry = this.#inFlight.pop()) {
      if (!entry.isFinished) this.#waiting.unshift(entry)
    }
    if (this.#overtaken !== undefined) this.#rewindOvertaken(this.#overtaken)
  }

  /** Empties what is in flight; `entries` wait in front of all that waits, in their order. */
  replay(entries: readonly Entry[]): void {
    this.#head = this.next
    this.#inFlight.clear()
    this.#overtaken = undefined
    for (const entry of [...entries].reverse()) this.#waiting.unshift(entry)
  }

  #rewindOvertaken(overtaken: Map<number, Entry>): void {
    for (const entry of [...overtaken.values()].reverse()) {
      if (!entry.isFinished) this.#waiting.unshift(entry)
    }
    this.#overtaken = undefined
  }

  /** Removes and returns everything, oldest first. */
  clear(): Entry[] {
    this.rewind()
    const all = this.#waiting.toArray()
    this.#waiting.clear()
    return all
  }
}
