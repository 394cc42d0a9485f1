import minimist from 'minimist'
import { defineProcess } from 'moult'

/** An order as a command line, split at its spaces: `--pieces 3`. */
export interface Order {
  readonly sender: string
  /** Each sender numbers its orders through, from 1. */
  readonly number: number
  readonly line: readonly string[]
}

/** What the desk replies to an order. */
export interface Receipt {
  readonly number: number
  readonly pieces: unknown
  /** Whether the sender may give refunds: only if it is an admin, which nobody here has ever been made. */
  readonly mayRefund: boolean
}

/** What the desk knows of a sender. */
export interface Account {
  readonly isAdmin?: boolean
  /** The highest number of an order so far. */
  latest: number
  /** Lower numbers that have not come. */
  readonly missing: Set<number>
  /** How many orders came after a higher number, and how many came twice. */
  late: number
  double: number
}

/** Takes orders, and parses them by whatever release of minimist is installed beside it. It does not ask which that is. */
export default defineProcess({
  version: '1.0.0',
  init: () => ({ accounts: new Map<string, Account>() }),
  calls: {
    order: ({ accounts }, { sender, number, line }: Order): Receipt => {
      const { pieces } = minimist([...line])
      const account: Account = accounts.get(sender) ?? {
        latest: 0,
        missing: new Set(),
        late: 0,
        double: 0,
      }
      accounts.set(sender, account)
      enter(account, number)
      return { number, pieces, mayRefund: account.isAdmin === true }
    },
  },
})

function enter(account: Account, number: number): void {
  for (let skipped = account.latest + 1; skipped < number; skipped++) account.missing.add(skipped)
  if (number > account.latest) account.latest = number
  else if (account.missing.delete(number)) account.late++
  else account.double++
}
