import type { SendRequest } from '../../../src/protocol/wire/copying.ts'
import { LeftTables } from '../../tables/left-tables.ts'
import { RecordMigration } from '../../tables/record-migration.ts'
import { TableSender } from '../../tables/table-sender.ts'
import { tablesOf } from '../../tables/table-state.ts'
import type { Version } from '../../state/version.ts'

/** The tables of a process, for an export. */
export class ExportedTables {
  readonly #version: Version
  readonly #state: () => unknown
  #sender: TableSender | undefined

  constructor(version: Version, state: () => unknown) {
    this.#version = version
    this.#state = state
  }

  /** The names of the tables that the state has now. */
  get names(): string[] {
    return [...tablesOf(this.#state()).keys()]
  }

  /** The sender of the tables, while it is at work. */
  get sender(): TableSender | undefined {
    return this.#sender?.hasEnded === false ? this.#sender : undefined
  }

  /** Sends the tables ahead, between messages, and follows their changes until the state is handed over. */
  send({ port, migration, budgetMs }: SendRequest): TableSender['settled'] {
    this.stop()
    const tables = new LeftTables(this.#state)
    const step = migration.by === 'downgrade' ? this.#version.recordStep(migration) : undefined
    const records = new RecordMigration(step, migration, false)
    this.#sender = new TableSender(tables, port, records, budgetMs)
    return this.#sender.settled
  }

  /** Goes on when the hand-over has failed or waits: the remaining changes are sent ahead, too. */
  rollBack(): void {
    this.#sender?.rollBack()
  }

  /** Stops sending. */
  stop(): void {
    this.#sender?.stop()
    this.#sender = undefined
  }
}
