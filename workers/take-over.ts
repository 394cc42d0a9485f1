import { deserialise } from '../src/protocol/clone-bytes.ts'
import { sharedNow } from '../src/protocol/clock.ts'
import type { Enter, EnteredState } from '../src/protocol/messages.ts'
import { enterState } from './migrate.ts'
import { isPromiseLike } from './promise-like.ts'
import { proveCloneable } from './state-bytes.ts'
import type { Version } from './version.ts'

/** A state that was taken over, and how long each step took. */
export interface TakenOver {
  readonly state: unknown
  readonly times: Omit<EnteredState, 'type' | 'slot'>
}

/** Makes this version's state of the bytes of another's. Awaits nothing that is there already. */
export async function takeOver(
  version: Version,
  { bytes, migration, verify }: Enter,
): Promise<TakenOver> {
  const began = sharedNow()
  const old = deserialise(bytes)
  const decoded = sharedNow()
  const changed = enterState(version, old, migration)
  const state = isPromiseLike(changed) ? await changed : changed
  const migrated = sharedNow()
  if (verify) proveCloneable(state)
  const checked = version.checkState(state)
  if (isPromiseLike(checked)) await checked
  const readyAt = sharedNow()
  const deserialiseMs = decoded - began
  const codeChangeMs = migrated - decoded
  return { state, times: { readyAt, deserialiseMs, codeChangeMs, verifyMs: readyAt - migrated } }
}
