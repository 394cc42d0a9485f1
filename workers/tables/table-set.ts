import { describe } from '../../src/protocol/bytes/clone-bytes.ts'
import { unpack } from '../../src/protocol/bytes/payload.ts'
import type { Payload } from '../../src/protocol/bytes/payload.ts'
import { revive } from '../../src/protocol/bytes/revive.ts'
import type { Declared } from '../../src/protocol/bytes/declared.ts'
import { MoultError } from '../../src/protocol/errors.ts'
import type { TableChunk } from '../../src/protocol/definition/table-chunk.ts'
import { isTable } from '../../src/protocol/definition/table-mark.ts'
import { table } from '../../src/protocol/definition/table.ts'
import { recordsOf } from './record-migration.ts'
import type { RecordMigration } from './record-migration.ts'
import type { SliceTarget } from './slice-receiver.ts'
import { TableTarget } from './table-target.ts'

/** Makers of the tables of a version, by the names of their fields. */
export type Factories = Readonly<Record<string, () => unknown>>

/** The tables of a state during its import. */
export class TableSet implements SliceTarget {
  readonly #migration: RecordMigration
  readonly #factories: Factories
  /** What is declared where the records arrive. */
  readonly #declared: Declared | undefined
  readonly #targets = new Map<string, TableTarget>()

  constructor(migration: RecordMigration, factories: Factories, declared?: Declared) {
    this.#migration = migration
    this.#factories = factories
    this.#declared = declared
  }

  /** The tables filled so far, by the names of their fields. */
  get tables(): ReadonlyMap<string, object> {
    return new Map(Array.from(this.#targets, ([name, target]) => [name, target.table]))
  }

  receive(payload: Payload): void {
    const chunk = unpack(payload) as TableChunk
    const { table, updated, added, prototypes } = chunk
    const told = (): unknown => recordsOf(updated, added)
    const all = [updated.values, added.values]
    this.#migration.revived(() => revive(all, prototypes, this.#declared, `state.${table}`, told))
    this.apply(chunk)
  }

  /** Migrates records and sets them. */
  apply(chunk: TableChunk): void {
    for (const part of this.#migration.migrate(chunk)) this.#fill(part)
  }

  #fill(part: TableChunk): void {
    if (part.kind === 'gone') {
      this.#targets.delete(part.table)
      return
    }
    if (part.kind === 'begin') {
      const made = madeBy(this.#factories, part.table) ?? table([], { freeze: part.freeze })
      this.#targets.set(part.table, new TableTarget(made))
    }
    this.#targets.get(part.table)?.apply(part)
  }
}

/** A new table by the factory of the version; undefined without a factory. @throws MoultError `NOT_A_DEFINITION` */
export function madeBy(factories: Factories, name: string): object | undefined {
  if (!Object.hasOwn(factories, name)) return undefined
  const made = factories[name]?.()
  if (isTable(made)) return made
  const path = `tables[${JSON.stringify(name)}]`
  const expected = 'a table'
  const received = describe(made)
  const message = `${path} should return ${expected}, but returned ${received}`
  throw new MoultError('NOT_A_DEFINITION', message, { path, expected, received })
}
