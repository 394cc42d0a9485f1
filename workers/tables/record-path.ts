import type { TableKey } from '../../src/protocol/definition/table-mark.ts'

/** Where a record is, as errors say it: `state.cities.get("rome")`. */
export function recordPath(table: string, key: TableKey): string {
  const label = typeof key === 'string' ? JSON.stringify(key) : String(key)
  return `state.${table}.get(${typeof key === 'bigint' ? `${label}n` : label})`
}
