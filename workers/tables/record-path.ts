import type { TableKey } from '../../src/protocol/definition/table-mark.ts'

/** The path of a record in errors: `state.cities.get("rome")`. */
export function recordPath(table: string, key: TableKey): string {
  const label = typeof key === 'string' ? JSON.stringify(key) : String(key)
  return `state.${table}.get(${typeof key === 'bigint' ? `${label}n` : label})`
}
