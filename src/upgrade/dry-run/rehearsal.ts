import type { Isolate } from '../../isolates/isolate.ts'
import type { Activation } from '../../processes/activation.ts'
import { sharedNow } from '../../protocol/clock.ts'
import type { EntryTimes } from '../../protocol/wire/migration.ts'
import type { CopyScope } from '../../protocol/wire/requests.ts'
import type { HandOverOptions } from '../limits/hand-over-options.ts'
import type { Deadlines } from '../limits/deadlines.ts'
import { preallocateFor } from './preallocated-buffers.ts'
import { goesAhead } from '../plan/migration-path.ts'
import type { MigrationPath } from '../plan/migration-path.ts'

/** How long (ms) the steps of a hand-over took on a copy. Of a state with tables that go ahead: without its records. */
export interface DryRunTimes {
  /** In the version that is left, and on the way from there. */
  readonly leaveMs: number
  /** In the version that is entered. */
  readonly enterMs: number
}

/** Takes a copy of a state the way that the state will take. Its tables come along only where they will not go ahead. */
export async function rehearse(
  from: Activation,
  to: Isolate,
  { path, hops, signal }: HandOverOptions,
  deadlines: Deadlines,
): Promise<DryRunTimes> {
  await preallocateFor(from, to, signal)
  from.checkHere()
  const copying = from.isolate.requests.copyState(from.slot, scopeOf(path))
  const { bytes, attachments, serialiseMs } = await deadlines.suspend(copying)
  if (path.leave.by === 'downgrade') return untried(serialiseMs)
  const began = sharedNow()
  const passed = hops.pass({ bytes, attachments }, path.hops).then(async (state) => {
    const passMs = path.hops.length === 0 ? 0 : sharedNow() - began
    const times = await to.requests.rehearse({ ...state, migration: path.enter })
    return { leaveMs: serialiseMs + passMs, enterMs: entering(times) }
  })
  return deadlines.codeChangeIn([to], passed, 'end codeChange')
}

/** How much of a state is copied: tables that go ahead are left out. */
export function scopeOf(path: MigrationPath): CopyScope {
  return goesAhead(path) ? 'rest' : 'whole'
}

/** A `downgrade` would run in the thread that serves. It is given a copy, and encodes what it makes of it. */
export function untried(serialiseMs: number): DryRunTimes {
  return { leaveMs: 3 * serialiseMs, enterMs: serialiseMs }
}

/** What the steps in the version that is entered took. */
export function entering({ deserialiseMs, codeChangeMs, verifyMs }: EntryTimes): number {
  return deserialiseMs + codeChangeMs + verifyMs
}
