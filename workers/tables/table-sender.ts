import type { MessagePort } from 'node:worker_threads'
import { NEXT_VERSION } from '../../src/protocol/bytes/destination.ts'
import type { Destination } from '../../src/protocol/bytes/destination.ts'
import { pack } from '../../src/protocol/bytes/payload.ts'
import type { Payload } from '../../src/protocol/bytes/payload.ts'
import { sendExact } from '../../src/protocol/bytes/send-exact.ts'
import { chunkSize } from '../../src/protocol/definition/table-chunk.ts'
import type { TableChunk } from '../../src/protocol/definition/table-chunk.ts'
import { refusalOfRecords } from './record-migration.ts'
import type { RecordMigration } from './record-migration.ts'
import type { LeftTables } from './left-tables.ts'
import { SliceSender } from './slice-sender.ts'
import type { SliceSource, Taken } from './slice-sender.ts'

/** How long (ms) the sender waits, after the rest was small, before it looks again. */
const FOLLOW_MS = 1

/** Sends the tables of a live state ahead of it. */
export class TableSender extends SliceSender<TableChunk> {
  /** @param migration the record step of a downgrade, which runs in the version that is left. */
  constructor(
    tables: LeftTables,
    port: MessagePort,
    migration: RecordMigration,
    budgetMs: number,
    destination = NEXT_VERSION,
  ) {
    super(new TableSource(tables, migration, destination), port, budgetMs)
  }
}

class TableSource implements SliceSource<TableChunk> {
  readonly followMs = FOLLOW_MS
  /** A round takes what had changed, and no longer. */
  readonly isLate = false
  readonly #tables: LeftTables
  readonly #migration: RecordMigration
  readonly #destination: Destination

  constructor(tables: LeftTables, migration: RecordMigration, destination: Destination) {
    this.#destination = destination
    this.#tables = tables
    this.#migration = migration
  }

  get left(): number {
    return this.#tables.noted
  }

  get leftSize(): number {
    return this.#tables.noted
  }

  get roundSize(): number {
    return this.#tables.noted
  }

  get isInRound(): boolean {
    return this.#tables.isFirstRound
  }

  take(most: number): Taken<TableChunk> | undefined {
    const chunk = this.#tables.take(most)
    const size = chunk === undefined ? 0 : chunkSize(chunk)
    return chunk && { slices: this.#migration.migrate(chunk), size, records: size }
  }

  rest(): Taken<TableChunk> {
    const slices: TableChunk[] = []
    let size = 0
    for (let taken = this.take(Infinity); taken; taken = this.take(Infinity)) {
      slices.push(...taken.slices)
      size += taken.size
    }
    return { slices, size, records: size }
  }

  encode(chunk: TableChunk): Payload {
    const { table, updated, added } = chunk
    const refusal = refusalOfRecords(table, this.#destination, updated, added)
    return sendExact([updated.values, added.values], refusal, (prototypes, values) => {
      if (prototypes === undefined) return pack(chunk)
      const [ofUpdated, ofAdded] = values as readonly [unknown[], unknown[]]
      return pack({
        ...chunk,
        updated: { ...updated, values: ofUpdated },
        added: { ...added, values: ofAdded },
        prototypes,
      })
    })
  }

  end(): void {
    this.#tables.end()
  }
}
