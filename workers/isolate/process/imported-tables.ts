import type { ReceiveRequest } from '../../../src/protocol/wire/copying.ts'
import { tablesToImport } from '../../state/importing.ts'
import { TableReceiver } from '../../tables/table-receiver.ts'
import type { Version } from '../../state/version.ts'

/** Tables that are sent ahead of states to this isolate, by process id. */
export class ImportedTables {
  readonly #receivers = new Map<string, TableReceiver>()

  receive(version: Version, { id, port, migration }: ReceiveRequest): void {
    const tables = tablesToImport(version, migration, true)
    const receiver = new TableReceiver(port, tables, () => {
      if (this.#receivers.get(id) === receiver) this.#receivers.delete(id)
    })
    this.#receivers.set(id, receiver)
  }

  /** Takes the tables of a process whose state has come. */
  take(id: string): TableReceiver | undefined {
    const receiver = this.#receivers.get(id)
    this.#receivers.delete(id)
    return receiver
  }
}
