import type { Contract } from '../../protocol/definition/contract.ts'
import type { Migration } from '../../protocol/wire/migration.ts'
import type { MigrationPath } from './migration-path.ts'

/**
 * The tables that a state must have, for a step on its path names them, and where it does. Behind a function of the whole
 * state nothing is known.
 * @param contractOf the contract of the version with this label.
 */
export function neededTables(
  path: MigrationPath,
  target: string,
  contractOf: (label: string) => Contract | undefined,
): ReadonlyMap<string, string> {
  const needed = new Map<string, string>()
  const made = new Set<string>()
  for (const { version, migration } of stepsOf(path, target)) {
    if (migration.by === 'unchanged') continue
    if (migration.byRecord !== true) break
    const { by } = migration
    const label = by === 'codeChange' ? migration.from : migration.to
    const moves = contractOf(version)?.tableMoves?.[by][label] ?? {}
    for (const source of Object.keys(moves)) {
      const isKnown = made.has(source) || needed.has(source)
      if (!isKnown) needed.set(source, `${by}['${label}'].tables.${source}`)
    }
    for (const each of Object.values(moves).flat()) made.add(each)
  }
  return needed
}

/** What runs on a path, and the version in which it does. */
function stepsOf(
  { start, leave, hops, enter }: MigrationPath,
  target: string,
): { readonly version: string; readonly migration: Migration }[] {
  return [{ version: start, migration: leave }, ...hops, { version: target, migration: enter }]
}
