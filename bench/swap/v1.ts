import type { StateV2 } from './v2.ts'

export interface StateV1 {
  pings: number
  records: { id: number; name: string; balance: number; tags: string[] }[]
}

/** The first version: balances in whole units. The same code in each variant. */
export function init(size: number): StateV1 {
  const records = Array.from({ length: size }, (_, id) => ({
    id,
    name: `customer ${id}`,
    balance: (id * 37) % 1_000,
    tags: ['active', `region-${id % 50}`, `tier-${id % 5}`],
  }))
  return { pings: 0, records }
}

export function ping(state: StateV1): number {
  return ++state.pings
}

/** From the other version. Each record is rewritten. */
export function codeChange({ pings, records }: StateV2): StateV1 {
  return {
    pings,
    records: records.map(({ id, name, cents, tags }) => ({ id, name, balance: cents / 100, tags })),
  }
}
