import type { ProgressCell } from '../protocol/wire/progress.ts'
import { ProgressPages } from '../protocol/wire/progress-pages.ts'

/** The places of one isolate: who has which slot, and the progress cell that goes with it. */
export class Slots<Tenant> {
  /** What the isolate is started with. */
  readonly firstPage: SharedArrayBuffer
  readonly #progress = new ProgressPages()
  readonly #tenants: (Tenant | undefined)[] = []
  readonly #free: number[] = []
  /** Slots whose process has left while a handler of it runs on. */
  readonly #abandoned = new Set<number>()
  #load = 0

  constructor() {
    this.firstPage = ProgressPages.allocate()
    this.#progress.add(this.firstPage)
  }

  /** Places that are taken, by tenants or by those that are on their way. */
  get load(): number {
    return this.#load
  }

  /** Takes places for processes that will be {@link admit}ted. */
  reserve(places = 1): void {
    this.#load += places
  }

  /** Gives a place back whose process has not come. */
  release(): void {
    this.#load--
  }

  /** Gives a process, whose place is reserved, its slot. Where there is a page with it, the isolate has to be given that first. */
  admit(tenant: Tenant): {
    readonly slot: number
    readonly cell: ProgressCell
    readonly page: SharedArrayBuffer | undefined
  } {
    const slot = this.#free.pop() ?? this.#tenants.length
    this.#tenants[slot] = tenant
    const page = slot < this.#progress.capacity ? undefined : ProgressPages.allocate()
    if (page !== undefined) this.#progress.add(page)
    return { slot, cell: this.#progress.cell(slot), page }
  }

  /** Gives the place of a process up whose handler runs on: nobody lives there any more, but the slot is free only when it {@link depart}s. */
  abandon(slot: number): void {
    if (this.#tenants[slot] === undefined || this.#abandoned.has(slot)) return
    this.#abandoned.add(slot)
    this.#load--
  }

  /** A process has gone from its slot, and nothing that it said is still under way. */
  depart(slot: number): void {
    this.#tenants[slot] = undefined
    this.#free.push(slot)
    if (!this.#abandoned.delete(slot)) this.#load--
  }

  tenant(slot: number): Tenant | undefined {
    return this.#tenants[slot]
  }

  /** Whether anybody lives here, or did and has not quite gone. */
  get isInhabited(): boolean {
    return this.#tenants.length > this.#free.length
  }

  tenants(): Tenant[] {
    return this.#tenants.filter((each) => each !== undefined)
  }
}
