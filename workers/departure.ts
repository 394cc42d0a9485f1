import { deserialise } from '../src/protocol/clone-bytes.ts'
import type { CloneBytes } from '../src/protocol/clone-bytes.ts'
import type { Migration } from '../src/protocol/messages.ts'
import { arrived, without } from './arrival.ts'
import { leaveState, run } from './migrate.ts'
import { RecordMigration } from './record-migration.ts'
import { serialiseState } from './state-bytes.ts'
import {
  decodeHanded,
  encodeHanded,
  encodeState,
  tablesOf,
  wholeTable,
  withoutTables,
} from './table-state.ts'
import type { Parcel } from './table-state.ts'
import type { TableSender } from './table-sender.ts'
import type { Version } from './version.ts'

/** A state as it is handed over, behind what went ahead of its tables, if anything did. A promise only where a `downgrade` has to run. */
export function giveUp(
  version: Version,
  state: unknown,
  migration: Migration,
  sender: TableSender | undefined,
): CloneBytes | Promise<CloneBytes> {
  if (migration.by === 'downgrade') return downgraded(version, state, migration, sender)
  if (sender === undefined) return serialiseState(state)
  return encodeState(state, () => sender.finish())
}

/** Of a copy, for the user's function may change what it is given and fail then. */
async function downgraded(
  version: Version,
  state: unknown,
  migration: Migration,
  sender: TableSender | undefined,
): Promise<CloneBytes> {
  const step = version.recordStep(migration)
  if (step === undefined) {
    const still = { ...migration, by: 'unchanged' } as const
    const copy = arrived(version, decodeHanded(serialiseState(state)), still)
    return serialiseState(await leaveState(version, copy, migration))
  }
  const tables = tablesOf(state)
  const copy = withoutTables(state, tables.keys(), (live) =>
    deserialise(encodeHanded({ rest: live, parcel: undefined })),
  )
  const bare = without(copy, [...tables.keys()])
  const rest = step.state ? await run('DOWNGRADE_FAILED', step.state, bare, migration) : bare
  return encodeHanded({ rest, parcel: { fields: [], ...left() } })

  function left(): Pick<Parcel, 'sent' | 'chunks'> {
    if (sender !== undefined) return sender.finish()
    const records = new RecordMigration(step, migration, false)
    const whole = Array.from(tables, (each) => wholeTable(...each))
    return { sent: undefined, chunks: whole.flatMap((chunk) => records.migrate(chunk)) }
  }
}
