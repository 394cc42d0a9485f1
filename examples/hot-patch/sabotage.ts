import type { OrderDesk } from './sender.ts'

/** The last desk loses one order, takes another twice, refuses a third and exchanges two, to show that it would be noticed. */
export function sabotaged(desks: readonly OrderDesk[]): OrderDesk[] {
  return desks.map((desk, at) => (at === desks.length - 1 ? careless(desk) : desk))
}

function careless(desk: OrderDesk): OrderDesk {
  let count = 0
  let overtake = (): void => undefined
  const overtaken = new Promise<void>((resolve) => (overtake = resolve))
  return {
    order: async (order) => {
      const nth = ++count
      if (nth === 10) return { number: order.number, pieces: order.line[1], mayRefund: false }
      if (nth === 20) void desk.order(order)
      if (nth === 30) throw new Error('refused')
      if (nth === 40) await overtaken
      const receipt = await desk.order(order)
      if (nth === 41) overtake()
      return receipt
    },
  }
}
