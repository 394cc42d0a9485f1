import { NEXT_VERSION } from '../../src/protocol/bytes/destination.ts'
import type { Destination } from '../../src/protocol/bytes/destination.ts'
import { sendExact } from '../../src/protocol/bytes/send-exact.ts'
import type { Refusal } from '../../src/protocol/bytes/send-exact.ts'
import { MoultError } from '../../src/protocol/errors.ts'
import type { ErrorCode } from '../../src/protocol/errors.ts'
import { extraOf } from '../../src/protocol/wire/migration.ts'
import type { Migration } from '../../src/protocol/wire/migration.ts'
import { reasonOf } from '../../src/protocol/reason.ts'
import type { Records, TableChunk } from '../../src/protocol/definition/table-chunk.ts'
import type { TableKey } from '../../src/protocol/definition/table-mark.ts'
import { revived } from './revived.ts'
import { recordPath } from './record-path.ts'
import type { LooseRecordChange, LooseRecordStep } from '../definition/loose-step.ts'

/** Checks of records, by the names of their tables. */
export type RecordChecks = ReadonlyMap<string, (value: unknown, key: TableKey) => void>

interface Target {
  readonly table: string
  /** Undefined: records stay as they are. */
  readonly change: LooseRecordChange | undefined
}

/** Turns chunks of one version's tables into chunks of another's, record by record. */
export class RecordMigration {
  readonly #step: LooseRecordStep | undefined
  readonly #migration: Migration
  /** Whether migrated records are proved to be data. */
  readonly #proves: boolean
  readonly #checks: RecordChecks
  /** Where the records go from here one day. */
  readonly #destination: Destination
  /** Which table goes to which. */
  readonly #sources = new Map<string, string>()

  /** Without a step all records stay as they are. */
  constructor(
    step: LooseRecordStep | undefined,
    migration: Migration,
    proves: boolean,
    checks: RecordChecks = new Map(),
    destination = NEXT_VERSION,
  ) {
    this.#destination = destination
    this.#step = step
    this.#migration = migration
    this.#proves = proves
    this.#checks = checks
  }

  /** @throws MoultError `CODE_CHANGE_FAILED`, `DOWNGRADE_FAILED`, `UNCLONEABLE_STATE` with the path to the record. */
  migrate(chunk: TableChunk): TableChunk[] {
    return this.#targetsOf(chunk.table).map((target) => {
      this.#claim(target.table, chunk)
      const [updated, added] = [chunk.updated, chunk.added].map((records) => {
        return this.#checked(this.#migrateRecords(records, chunk.table, target), target.table)
      }) as [Records, Records]
      return { ...chunk, table: target.table, updated, added }
    })
  }

  /** What `revive` makes of records that have come. */
  revived(revive: () => unknown): void {
    revived(this.#migration, revive)
  }

  #targetsOf(source: string): Target[] {
    const tables = this.#step?.tables ?? {}
    const step = Object.hasOwn(tables, source) ? tables[source] : 'unchanged'
    if (typeof step !== 'object') return [target(source, step)]
    return Object.entries(step).map(([table, change]) => target(table, change))
  }

  /** Refuses two sources of one target: a table that the step does not mention keeps its name. */
  #claim(table: string, { table: source, kind }: TableChunk): void {
    const other = this.#sources.get(table)
    if (kind === 'gone') this.#sources.delete(table)
    else if (other === undefined) this.#sources.set(table, source)
    else if (other !== source) {
      const expected = 'one table for each table of the new state'
      const details = { path: `state.${table}`, expected, received: `${other} and ${source}` }
      throw this.#failure(`two tables go to state.${table}: ${other} and ${source}`, details)
    }
  }

  #migrateRecords(records: Records, source: string, { table, change }: Target): Records {
    if (change === undefined || records.keys.length === 0) return records
    const migrated: Records = { keys: [], values: [], leftOut: [] }
    records.keys.forEach((key, index) => {
      const value = this.#migrateOne(change, records.values[index], key, source)
      if (value === undefined) migrated.leftOut.push(key)
      else {
        migrated.keys.push(key)
        migrated.values.push(value)
      }
    })
    if (this.#proves) {
      const refusal = refusalOfRecords(table, this.#destination, migrated)
      sendExact(migrated.values, refusal, () => undefined)
    }
    return migrated
  }

  #checked(records: Records, table: string): Records {
    const check = this.#checks.get(table)
    if (check !== undefined) records.keys.forEach((key, index) => check(records.values[index], key))
    return records
  }

  #migrateOne(change: LooseRecordChange, value: unknown, key: TableKey, source: string): unknown {
    try {
      const { from, to } = this.#migration
      return change(value, key, { from, to, extra: extraOf(this.#migration) })
    } catch (cause) {
      const path = recordPath(source, key)
      throw this.#failure(`threw at ${path}: ${reasonOf(cause)}`, { path, cause })
    }
  }

  #failure(
    what: string,
    details: {
      readonly path: string
      readonly cause?: unknown
      readonly expected?: string
      readonly received?: string
    },
  ): MoultError {
    const { by, from, to } = this.#migration
    const code: ErrorCode = by === 'downgrade' ? 'DOWNGRADE_FAILED' : 'CODE_CHANGE_FAILED'
    const name = by === 'downgrade' ? 'downgrade' : 'codeChange'
    return new MoultError(code, `${name} from ${from} to ${to}: ${what}`, { from, to, ...details })
  }
}

function target(table: string, step: LooseRecordChange | 'unchanged' | undefined): Target {
  return { table, change: typeof step === 'function' ? step : undefined }
}

/** For records of a table that the next version would not get as they are. */
export function refusalOfRecords(
  table: string,
  destination: Destination,
  ...all: readonly Records[]
): Refusal {
  const told = (): unknown => recordsOf(...all)
  return { code: 'UNCLONEABLE_STATE', root: `state.${table}`, destination, told }
}

/** Records by their keys, as an error tells of them. */
export function recordsOf(...all: readonly Records[]): ReadonlyMap<unknown, unknown> {
  return new Map(all.flatMap(({ keys, values }) => keys.map((key, at) => [key, values[at]])))
}
