import type { CustomerV1, StateV1 } from './v1.ts'

export interface CustomerV2 extends Omit<CustomerV1, 'balance'> {
  readonly cents: number
}

export interface StateV2 {
  pings: number
  records: Map<number, CustomerV2>
}

/** The second version: balances in cents. */
export function ping(state: { pings: number }): number {
  return ++state.pings
}

/** From the other version. Each record is rewritten. */
export function codeChange({ pings, records }: StateV1): StateV2 {
  const changed = new Map<number, CustomerV2>()
  for (const [key, { id, name, balance, tags }] of records) {
    changed.set(key, { id, name, cents: Math.round(balance * 100), tags })
  }
  return { pings, records: changed }
}
