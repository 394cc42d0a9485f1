import type { Contract } from '../../protocol/definition/contract.ts'
import { nearestName } from '../../protocol/nearest-name.ts'
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

/** A table to which a step sends records, though its version names another one that is spelt nearly so. */
export interface DoubtfulTarget {
  readonly name: string
  readonly place: string
  /** The name that was likely meant: no step fills it. */
  readonly meant: string
  readonly known: readonly string[]
}

/**
 * Targets of the last step on a path that are likely misspelt. A version need not name its tables, so another name alone
 * says nothing. Left out is a meant table that stays as it is: its step does not mention it.
 * @param found the tables of the state
 */
export function doubtfulTargets(
  path: MigrationPath,
  target: string,
  contractOf: (label: string) => Contract | undefined,
  found: ReadonlySet<string>,
): DoubtfulTarget[] {
  const known = contractOf(target)?.tableNames ?? []
  const last = stepsOf(path, target).findLast(({ migration }) => migration.by !== 'unchanged')
  if (known.length === 0 || last === undefined || last.migration.by === 'unchanged') return []
  const { by, from, to } = last.migration
  const label = by === 'codeChange' ? from : to
  const moves = contractOf(last.version)?.tableMoves?.[by][label] ?? {}
  const filled = Object.values(moves).flat()
  const isFilled = (name: string): boolean => {
    return filled.includes(name) || (found.has(name) && !Object.hasOwn(moves, name))
  }
  const open = known.filter((name) => !isFilled(name))
  return Object.entries(moves).flatMap(([source, targets]) => {
    const others = targets.filter((name) => name !== source && !known.includes(name))
    return others.flatMap((name) => {
      const meant = nearestName(name, open)
      const place = `${by}['${label}'].tables.${source}.${name}`
      return meant === undefined ? [] : [{ name, place, meant, known }]
    })
  })
}

/** What runs on a path, and the version in which it does. */
function stepsOf(
  { start, leave, hops, enter }: MigrationPath,
  target: string,
): { readonly version: string; readonly migration: Migration }[] {
  return [{ version: start, migration: leave }, ...hops, { version: target, migration: enter }]
}
