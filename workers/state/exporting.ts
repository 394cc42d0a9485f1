import { packAll, unpack } from '../../src/protocol/bytes/payload.ts'
import type { Cargo, Room } from '../../src/protocol/bytes/payload.ts'
import type { Migration } from '../../src/protocol/wire/migration.ts'
import { arrived, without } from './importing.ts'
import { leaveState, run } from './migrate.ts'
import { RecordMigration } from '../tables/record-migration.ts'
import { packState } from './state-bytes.ts'
import {
  decodeHanded,
  encodeHanded,
  encodeState,
  tablesOf,
  wholeTable,
  withoutTables,
} from '../tables/table-state.ts'
import type { Parcel } from '../tables/table-state.ts'
import type { TableSender } from '../tables/table-sender.ts'
import type { Version } from './version.ts'

/** A state as it is handed over, behind what went ahead of its tables, if anything did. A promise only where a `downgrade` has to run. */
export function giveUp(
  version: Version,
  state: unknown,
  migration: Migration,
  sender: TableSender | undefined,
  room?: Room,
): Cargo | Promise<Cargo> {
  if (migration.by === 'downgrade') return downgraded(version, state, migration, sender, room)
  if (sender === undefined) return packState(state, room)
  return encodeState(
    state,
    () => sender.finish(),
    (values) => packAll(values, room),
  )
}

/** Of a copy, for the user's function may change what it is given and fail then. */
async function downgraded(
  version: Version,
  state: unknown,
  migration: Migration,
  sender: TableSender | undefined,
  room: Room | undefined,
): Promise<Cargo> {
  const step = version.recordStep(migration)
  if (step === undefined) {
    const still = { ...migration, by: 'unchanged' } as const
    const copy = arrived(version, decodeHanded(packState(state, room)), still)
    return packState(await leaveState(version, copy, migration))
  }
  const tables = tablesOf(state)
  const copy = withoutTables(state, tables.keys(), (live) =>
    unpack(encodeHanded({ rest: live, parcel: undefined }, (values) => packAll(values, room))),
  )
  const bare = without(copy, [...tables.keys()])
  const rest = step.state ? await run('DOWNGRADE_FAILED', step.state, bare, migration) : bare
  return encodeHanded({ rest, parcel: { fields: [], ...left() } }, packAll)

  function left(): Pick<Parcel, 'sent' | 'chunks'> {
    if (sender !== undefined) return sender.finish()
    const records = new RecordMigration(step, migration, false)
    const whole = Array.from(tables, (each) => wholeTable(...each))
    return { sent: undefined, chunks: whole.flatMap((chunk) => records.migrate(chunk)) }
  }
}
