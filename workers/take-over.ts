import type { Cargo } from '../src/protocol/cargo.ts'
import { sharedNow } from '../src/protocol/clock.ts'
import type { Enter } from '../src/protocol/messages.ts'
import type { EntryTimes } from '../src/protocol/migration.ts'
import { arrived } from './arrival.ts'
import { whenReady } from './promise-like.ts'
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

/** A state on its way in. */
export type HandedState = Pick<Enter, keyof Cargo | 'migration' | 'verify'>

/** Makes this version's state of another's, behind what `ahead` has received of its tables. A promise only where something is one. */
export function takeOver(
  version: Version,
  { bytes, beside, migration, verify }: HandedState,
  ahead?: TableReceiver,
): TakenOver | Promise<TakenOver> {
  const began = sharedNow()
  const handed = decodeHanded({ bytes, beside })
  const tables = tablesAhead(handed, ahead)
  const decoded = sharedNow()
  const changed = arrived(version, handed, migration, tables)
  const taken = whenReady(changed, (state) => {
    const migrated = sharedNow()
    // What went ahead has been proved record by record.
    if (verify) (tables === undefined ? proveCloneable : proveRest)(state)
    return whenReady(version.checkState(state), () => {
      const readyAt = sharedNow()
      const deserialiseMs = decoded - began
      const codeChangeMs = migrated - decoded
      const verifyMs = readyAt - migrated
      return { state, times: { readyAt, deserialiseMs, codeChangeMs, verifyMs } }
    })
  })
  return taken as TakenOver | Promise<TakenOver>
}

/** Without what went ahead of it the rest of a state is worth nothing. */
function tablesAhead({ parcel }: Handed, ahead: TableReceiver | undefined): TableSet | undefined {
  if (parcel?.sent === undefined) return undefined
  if (ahead === undefined) throw new RangeError('the tables that went ahead have gone')
  return ahead.finish(parcel.sent)
}
