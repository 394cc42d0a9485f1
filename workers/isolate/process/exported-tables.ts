import type { SendRequest } from '../../../src/protocol/wire/copying.ts'
import { LeftTables } from '../../tables/left-tables.ts'
import { RecordMigration } from '../../tables/record-migration.ts'
import { TableSender } from '../../tables/table-sender.ts'
import { tablesOf } from '../../tables/table-state.ts'
import type { Version } from '../../state/version.ts'

/** The tables of a process that may be about to leave. */
export class ExportedTables {
  readonly #version: Version
  readonly #state: () => unknown
  #sender: TableSender | undefined

  constructor(version: Version, state: () => unknown) {
    this.#version = version
    this.#state = state
  }

  /** Whether there are any just now. */
  get exist(): boolean {
    return tablesOf(this.#state()).size > 0
  }

  /** Who has been sending them ahead, if anybody still does. */
  get sender(): TableSender | undefined {
    return this.#sender?.hasEnded === false ? this.#sender : undefined
  }

  /** Sends them ahead, between messages, and follows them until the state is handed over. */
  send({ port, migration, budgetMs }: SendRequest): TableSender['settled'] {
    this.stop()
    const tables = new LeftTables(this.#state)
    const step = migration.by === 'downgrade' ? this.#version.recordStep(migration) : undefined
    const records = new RecordMigration(step, migration, false)
    this.#sender = new TableSender(tables, port, records, budgetMs)
    return this.#sender.settled
  }

  /** The hand-over came to nothing, or waits: what was to go with the state goes ahead too. */
  resume(): void {
    this.#sender?.resume()
  }

  /** Gives that up. */
  stop(): void {
    this.#sender?.stop()
    this.#sender = undefined
  }
}
