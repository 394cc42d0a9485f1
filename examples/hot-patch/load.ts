import { setImmediate as turn } from 'node:timers/promises'
import { Sender, total } from './sender.ts'
import type { OrderDesk, Part } from './sender.ts'

/** Several senders at each desk, which all send without a break until the load is finished. */
export class Load {
  readonly senders: readonly Sender[]
  readonly #sending: Promise<unknown>
  #part: Part = 'before'
  #isOver = false

  constructor(desks: readonly OrderDesk[], sendersPerDesk: number) {
    this.senders = desks.flatMap((desk, row) =>
      Array.from(
        { length: sendersPerDesk },
        (_, seat) => new Sender(`sender ${row * sendersPerDesk + seat + 1}`, desk),
      ),
    )
    const partNow = (): Part => this.#part
    const isOver = (): boolean => this.#isOver
    this.#sending = Promise.all(this.senders.map((sender) => sender.send(partNow, isOver)))
  }

  /** The run is in another part from now on. */
  enter(part: Part): void {
    this.#part = part
  }

  /** Until so many more orders have been settled. */
  async goOn(orders: number): Promise<void> {
    const goal = this.#settled() + orders
    while (this.#settled() < goal) await turn()
  }

  /** No order is sent any more; until the last one is settled. */
  async finish(): Promise<void> {
    this.#isOver = true
    await this.#sending
  }

  #settled(): number {
    return total(this.senders, ({ answered, failed }) => answered + failed)
  }
}
