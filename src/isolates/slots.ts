import type { Declared } from '../protocol/bytes/declared.ts'
import type { Outcome, Replies } from '../protocol/wire/messages.ts'
import type { ProgressCell } from '../protocol/wire/progress.ts'
import { ProgressPages } from '../protocol/wire/progress-pages.ts'
import { readRuns } from '../protocol/wire/runs.ts'
import type { ActivationListener } from './activation-listener.ts'
import { CarriedReply } from '../protocol/wire/carried-reply.ts'

/** The places of one isolate: which process has which slot, and the progress cell that goes with it. */
export class Slots {
  /** What the isolate is started with. */
  readonly firstPage: SharedArrayBuffer
  readonly #progress = new ProgressPages()
  readonly #activations: (ActivationListener | undefined)[] = []
  readonly #free: number[] = []
  /** Slots whose process has left while a handler of it runs on. */
  readonly #abandoned = new Set<number>()
  #occupied = 0
  /** What the runtime declares, to read replies. */
  declared: Declared | undefined

  constructor() {
    this.firstPage = ProgressPages.allocate()
    this.#progress.add(this.firstPage)
  }

  /** Places that are taken, by activations or by those that are on their way. */
  get occupied(): number {
    return this.#occupied
  }

  /** Takes places for processes that will be {@link activate}d. */
  reserve(places = 1): void {
    this.#occupied += places
  }

  /** Gives places back whose processes have not come. */
  release(places = 1): void {
    this.#occupied -= places
  }

  /**
   * Gives a process, whose place is reserved, its slot. Where there is a page with it, the isolate has to be given that
   * first.
   */
  activate(activation: ActivationListener): {
    readonly slot: number
    readonly cell: ProgressCell
    readonly page: SharedArrayBuffer | undefined
  } {
    const slot = this.#free.pop() ?? this.#activations.length
    this.#activations[slot] = activation
    const page = slot < this.#progress.capacity ? undefined : ProgressPages.allocate()
    if (page !== undefined) this.#progress.add(page)
    return { slot, cell: this.#progress.cell(slot), page }
  }

  /**
   * Gives up the place of a process whose handler runs on. No process lives there any more, but the slot is free only
   * when the process is {@link free}d.
   */
  abandon(slot: number): void {
    if (this.#activations[slot] === undefined || this.#abandoned.has(slot)) return
    this.#abandoned.add(slot)
    this.#occupied--
  }

  /** A process has gone from its slot, and nothing that it said is still under way. */
  free(slot: number): void {
    this.#activations[slot] = undefined
    this.#free.push(slot)
    if (!this.#abandoned.delete(slot)) this.#occupied--
  }

  activation(slot: number): ActivationListener | undefined {
    return this.#activations[slot]
  }

  /** Hands the ends of messages to the activations where they were handled. */
  receive(replies: Replies): void {
    readRuns(
      replies,
      (slot, sequence, outcome, from, to) => {
        this.#activations[slot]?.onReplies(sequence, outcome as Outcome, replies, from, to)
      },
      this.#carry,
    )
  }

  readonly #carry = (value: unknown, _prototypes: unknown, replies: readonly unknown[]): void => {
    ;(replies as unknown[])[replies.indexOf(value)] = new CarriedReply(value, this.declared)
  }

  /** Whether a process lives here, or did and has not quite gone. */
  get isInhabited(): boolean {
    return this.#activations.length > this.#free.length
  }

  /**
   * The slot of the process that has ended the thread; undefined where that is not known. That is the process which had
   * the thread, else the only one that lived there, else the only one of which a handler was under way.
   */
  culprit(current: number | undefined): number | undefined {
    if (current !== undefined || !this.isInhabited) return current
    const taken: number[] = []
    this.#activations.forEach((each, slot) => each !== undefined && taken.push(slot))
    if (taken.length === 1) return taken[0]
    const handling = taken.filter((slot) => this.#progress.cell(slot).isHandling)
    return handling.length === 1 ? handling[0] : undefined
  }

  activations(): ActivationListener[] {
    const activations: ActivationListener[] = []
    for (const each of this.#activations) if (each !== undefined) activations.push(each)
    return activations
  }
}
