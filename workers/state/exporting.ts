import { packAll } from '../../src/protocol/bytes/payload.ts'
import type { Payload, BufferSource } from '../../src/protocol/bytes/payload.ts'
import type { Migration } from '../../src/protocol/wire/migration.ts'
import { importedState, without } from './importing.ts'
import { leaveState, run } from './migrate.ts'
import { RecordMigration } from '../tables/record-migration.ts'
import { packState } from './state-bytes.ts'
import {
  decodeState,
  encodeHanded,
  encodeState,
  tablesOf,
  wholeTable,
  withoutTables,
} from '../tables/table-state.ts'
import type { TablePayload } from '../tables/table-state.ts'
import type { TableSender } from '../tables/table-sender.ts'
import type { Version } from './version.ts'

/** A state for the hand-over, after the tables that were sent ahead. A promise only if a `downgrade` has to run. */
export function exportState(
  version: Version,
  state: unknown,
  migration: Migration,
  sender: TableSender | undefined,
  preallocated?: BufferSource,
): Payload | Promise<Payload> {
  if (migration.by === 'downgrade')
    return downgraded(version, state, migration, sender, preallocated)
  if (sender === undefined) return packState(state, preallocated)
  return encodeState(
    state,
    () => sender.finish(),
    (values) => packAll(values, preallocated),
  )
}

/** Runs on a copy: the user's function may change its argument and then fail. */
async function downgraded(
  version: Version,
  state: unknown,
  migration: Migration,
  sender: TableSender | undefined,
  preallocated: BufferSource | undefined,
): Promise<Payload> {
  const step = version.recordStep(migration)
  if (step === undefined) {
    const still = { ...migration, by: 'unchanged' } as const
    const copy = importedState(version, decodeState(packState(state, preallocated)), still)
    return packState(await leaveState(version, copy, migration))
  }
  const tables = tablesOf(state)
  const copy = withoutTables(state, tables.keys(), (live) =>
    decodeState(
      encodeHanded({ rest: live, tablePayload: undefined }, (values) =>
        packAll(values, preallocated),
      ),
    ),
  )
  const bare = without(copy.rest, [...tables.keys()])
  const rest = step.state ? await run('DOWNGRADE_FAILED', step.state, bare, migration) : bare
  return encodeHanded({ rest, tablePayload: { fields: [], ...left() } }, packAll)

  function left(): Pick<TablePayload, 'sent' | 'chunks'> {
    if (sender !== undefined) return sender.finish()
    const records = new RecordMigration(step, migration, false)
    const whole = Array.from(tables, (each) => wholeTable(...each))
    return { sent: undefined, chunks: whole.flatMap((chunk) => records.migrate(chunk)) }
  }
}
