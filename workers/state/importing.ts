import { MoultError } from '../../src/protocol/errors.ts'
import type { Migration } from '../../src/protocol/wire/migration.ts'
import { enterState, run } from './migrate.ts'
import { whenReady } from '../../src/protocol/promise-like.ts'
import { RecordMigration } from '../tables/record-migration.ts'
import { TableSet, madeBy } from '../tables/table-set.ts'
import type { Factories } from '../tables/table-set.ts'
import { tablesOf, wholeTable } from '../tables/table-state.ts'
import type { Handed, TablePayload } from '../tables/table-state.ts'
import { TableTarget } from '../tables/table-target.ts'
import type { Version } from './version.ts'

/** The tables of an imported state, to be filled. */
export function tablesToImport(version: Version, migration: Migration, proves: boolean): TableSet {
  const step = version.recordStep({ ...migration, by: enteredBy(migration) })
  const { declared, toNextVersion: to } = version
  const isWhole = migration.by === 'codeChange' && step === undefined
  // A migration of the whole state gets tables as the old version had them, not as this version makes them.
  if (isWhole) return new TableSet(new RecordMigration(undefined, migration, proves), {}, declared)
  const records = new RecordMigration(step, migration, proves, version.recordChecks, to)
  return new TableSet(records, version.tables, declared)
}

/** A `downgrade` has run in the version that was left: nothing runs here. */
function enteredBy({ by }: Migration): Migration['by'] {
  return by === 'downgrade' ? 'unchanged' : by
}

/**
 * Turns a handed-over state into this version's. `ahead` are tables that came before it. A promise only if the
 * migration is asynchronous.
 */
export function importedState(
  version: Version,
  { rest, tablePayload }: Handed,
  migration: Migration,
  ahead?: TableSet,
): unknown {
  const step = migration.by === 'codeChange' ? version.recordStep(migration) : undefined
  const tables = filled(version, tablePayload, migration, ahead)
  if (step === undefined) {
    const changed = enterState(version, joined(rest, tables), migration)
    if (migration.by !== 'codeChange') return changed
    return whenReady(changed, (state) => {
      version.checkRecords(state)
      return withOwnTables(state, version.tables)
    })
  }
  const bare = without(rest, tablePayload?.fields ?? [])
  const change = step.state
  const changed = change && run(version, change, bare, migration)
  return whenReady(change ? changed : bare, (state) => rejoined(state, tables, migration))
}

const none: ReadonlyMap<string, object> = new Map()

/** The tables of a state, with the last chunks. Most states have none, so this is cheap without. */
function filled(
  version: Version,
  tablePayload: TablePayload | undefined,
  migration: Migration,
  ahead: TableSet | undefined,
): ReadonlyMap<string, object> {
  if (tablePayload === undefined && ahead === undefined) return none
  const set = ahead ?? tablesToImport(version, migration, false)
  for (const chunk of tablePayload?.chunks ?? []) set.apply(chunk)
  return set.tables
}

/** Sets the tables in place: the fields exist already, and references to the state stay valid. */
function joined(rest: unknown, tables: ReadonlyMap<string, object>): unknown {
  if (tables.size > 0) Object.assign(rest as object, Object.fromEntries(tables))
  return rest
}

function rejoined(
  rest: unknown,
  tables: ReadonlyMap<string, object>,
  { from, to }: Migration,
): unknown {
  if (tables.size === 0) return rest
  if (typeof rest === 'object' && rest !== null) return joined(rest, tables)
  const expected = 'an object that the tables are fields of'
  const message = `codeChange from ${from} to ${to}: state should return ${expected}`
  throw new MoultError('CODE_CHANGE_FAILED', message, { from, to, path: 'state', expected })
}

/** The state without these fields. */
export function without(rest: unknown, fields: readonly string[]): unknown {
  if (fields.length === 0) return rest
  const entries = Object.entries(rest as object).filter(([name]) => !fields.includes(name))
  return Object.fromEntries(entries)
}

/** Replaces tables that a migration has passed on by tables of this version. */
function withOwnTables(state: unknown, factories: Factories): unknown {
  for (const [name, access] of tablesOf(state)) {
    const fields = state as Record<string, object>
    const made = madeBy(factories, name)
    if (made === undefined || made.constructor === fields[name]?.constructor) continue
    new TableTarget(made).apply(wholeTable(name, access))
    fields[name] = made
  }
  return state
}
