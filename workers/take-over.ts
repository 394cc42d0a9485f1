import type { Cargo } from '../src/protocol/cargo.ts'
import { sharedNow } from '../src/protocol/clock.ts'
import type { Enter, EntryTimes } from '../src/protocol/messages.ts'
import { arrived } from './arrival.ts'
import { isPromiseLike } from './promise-like.ts'
import { proveCloneable, proveRest } from './state-bytes.ts'
import type { TableReceiver } from './table-receiver.ts'
import type { TableSet } from './table-set.ts'
import { decodeHanded } from './table-state.ts'
import type { Handed } from './table-state.ts'
import type { Version } from './version.ts'

/** A state that was taken over, and how long each step took. */
export interface TakenOver {
  readonly state: unknown
  readonly times: EntryTimes
}

/** Makes this version's state of another's, behind what `ahead` has received of its tables. Awaits nothing that is there already. */
export async function takeOver(
  version: Version,
  { bytes, beside, migration, verify }: Pick<Enter, keyof Cargo | 'migration' | 'verify'>,
  ahead?: TableReceiver,
): Promise<TakenOver> {
  const began = sharedNow()
  const handed = decodeHanded({ bytes, beside })
  const tables = tablesAhead(handed, ahead)
  const decoded = sharedNow()
  const changed = arrived(version, handed, migration, tables)
  const state = isPromiseLike(changed) ? await changed : changed
  const migrated = sharedNow()
  // What went ahead has been proved record by record.
  if (verify) (tables === undefined ? proveCloneable : proveRest)(state)
  const checked = version.checkState(state)
  if (isPromiseLike(checked)) await checked
  const readyAt = sharedNow()
  const deserialiseMs = decoded - began
  const codeChangeMs = migrated - decoded
  return { state, times: { readyAt, deserialiseMs, codeChangeMs, verifyMs: readyAt - migrated } }
}

/** Without what went ahead of it the rest of a state is worth nothing. */
function tablesAhead({ parcel }: Handed, ahead: TableReceiver | undefined): TableSet | undefined {
  if (parcel?.sent === undefined) return undefined
  if (ahead === undefined) throw new RangeError('the tables that went ahead have gone')
  return ahead.finish(parcel.sent)
}
