import type { Order, Receipt } from './desk.ts'

/** The parts of the run, in their order. */
export const parts = ['before', 'attacked', 'swap', 'patched'] as const

/** A part of the run. */
export type Part = (typeof parts)[number]

/** What the answers to orders were like in one part of the run. */
export interface Answers {
  count: number
  /** How many of them said that the sender may give refunds. */
  refunds: number
}

/** What a sender needs of a desk. */
export interface OrderDesk {
  order(order: Order): Promise<Receipt>
}

/** How many orders of a sender wait for their answers at once. */
const WINDOW = 32

/** Sends orders to one desk without a break, and keeps an account of its own of what was answered. */
export class Sender {
  readonly name: string
  readonly answers: Readonly<Record<Part, Answers>> = {
    before: { count: 0, refunds: 0 },
    attacked: { count: 0, refunds: 0 },
    swap: { count: 0, refunds: 0 },
    patched: { count: 0, refunds: 0 },
  }
  sent = 0
  answered = 0
  failed = 0
  /** Answers that came before the answer to an earlier order. */
  outOfOrder = 0
  /** Answers of a parser that has understood something else. */
  misread = 0
  readonly #desk: OrderDesk
  #latest = 0

  constructor(name: string, desk: OrderDesk) {
    this.name = name
    this.#desk = desk
  }

  /** Sends until the run `isOver`; `partNow` is the part that the run is in. */
  async send(partNow: () => Part, isOver: () => boolean): Promise<void> {
    const open: Promise<void>[] = []
    while (!isOver()) {
      open.push(this.#order(partNow))
      if (open.length === WINDOW) await open.shift()
    }
    await Promise.all(open)
  }

  async #order(partNow: () => Part): Promise<void> {
    const number = ++this.sent
    const pieces = 1 + (number % 99)
    const sentIn = partNow()
    try {
      const line = ['--pieces', String(pieces), 'bolts']
      const receipt = await this.#desk.order({ sender: this.name, number, line })
      this.#judge(receipt, pieces)
      // Who sent before the swap was over may have been served by either release.
      const part = partNow() === 'patched' && sentIn !== 'patched' ? 'swap' : partNow()
      this.answers[part].count++
      if (receipt.mayRefund) this.answers[part].refunds++
    } catch {
      this.failed++
    }
  }

  #judge({ number, pieces }: Receipt, ordered: number): void {
    this.answered++
    if (number < this.#latest) this.outOfOrder++
    this.#latest = number
    if (pieces !== ordered) this.misread++
  }
}

/** The sum of something of each. */
export function total<Each>(all: readonly Each[], of: (each: Each) => number): number {
  return all.reduce((sum, each) => sum + of(each), 0)
}
