import type { StateV2 } from './v2.ts'

export interface CustomerV1 {
  readonly id: number
  readonly name: string
  readonly balance: number
  readonly tags: readonly string[]
}

export interface StateV1 {
  pings: number
  records: Map<number, CustomerV1>
}

/** The first version: balances in whole units. The same records and the same change in each variant, Erlang's included. */
export function init(size: number): StateV1 {
  const records = new Map<number, CustomerV1>()
  for (let id = 0; id < size; id++) records.set(id, customer(id))
  return { pings: 0, records }
}

export function customer(id: number): CustomerV1 {
  return {
    id,
    name: `customer ${id}`,
    balance: (id * 37) % 1_000,
    tags: ['active', `region-${id % 50}`, `tier-${id % 5}`],
  }
}

export function ping(state: { pings: number }): number {
  return ++state.pings
}

/** From the other version. Each record is rewritten. */
export function codeChange({ pings, records }: StateV2): StateV1 {
  const changed = new Map<number, CustomerV1>()
  for (const [key, { id, name, cents, tags }] of records) {
    changed.set(key, { id, name, balance: cents / 100, tags })
  }
  return { pings, records: changed }
}
