import type { StateV1 } from './v1.ts'

export interface StateV2 {
  pings: number
  records: { id: number; name: string; cents: number; tags: string[] }[]
}

/** The second version: balances in cents. */
export function ping(state: StateV2): number {
  return ++state.pings
}

/** From the other version. Each record is rewritten. */
export function codeChange({ pings, records }: StateV1): StateV2 {
  return {
    pings,
    records: records.map(({ id, name, balance, tags }) => ({
      id,
      name,
      cents: Math.round(balance * 100),
      tags,
    })),
  }
}
