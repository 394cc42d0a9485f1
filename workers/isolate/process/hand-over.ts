import { movesWith } from '../../../src/protocol/bytes/payload.ts'
import { sharedNow } from '../../../src/protocol/clock.ts'
import type { Suspend } from '../../../src/protocol/wire/messages.ts'
import { CellState } from '../../../src/protocol/wire/progress.ts'
import type { ProgressCell } from '../../../src/protocol/wire/progress.ts'
import { encodeThrown } from '../../../src/protocol/wire/thrown.ts'
import type { CloneBytes } from '../../../src/protocol/bytes/clone-bytes.ts'
import type { ProcessAttachments } from './attachments.ts'
import { exportState } from '../../state/exporting.ts'
import type { Surroundings } from './host-context.ts'
import { isPromiseLike } from '../../../src/protocol/promise-like.ts'
import { packState, smallBytes } from '../../state/state-bytes.ts'

/** A process that has suspended. */
export interface Suspended {
  readonly cell: ProgressCell
  readonly state: unknown
  readonly stoppedAt: number
  readonly attachments: ProcessAttachments
}

/** Hands the state over, or says why that cannot be done. */
export async function handOver(
  { slot, attempt, migration }: Suspend,
  { cell, state, stoppedAt, attachments }: Suspended,
  { version, outbox }: Surroundings,
): Promise<void> {
  try {
    // Should the user's function never return, what was answered before is not lost with the thread.
    if (migration.by === 'downgrade') outbox.flush()
    const { sender, preallocated } = attachments
    const given = exportState(version, state, migration, sender, preallocated)
    const payload = isPromiseLike(given) ? await given : given
    // A downgrade that took too long has been given up meanwhile.
    if (cell.state !== CellState.Suspended || attempt !== cell.attempt) return
    const times = { stoppedAt, serialiseMs: sharedNow() - stoppedAt }
    const recordsLeft = sender?.left ?? 0
    const what = { type: 'handed-over', slot, attempt, ...times, recordsLeft } as const
    outbox.gather({ ...what, ...payload }, movesWith(payload))
  } catch (reason) {
    outbox.post({ type: 'not-handed-over', slot, attempt, error: encodeThrown(reason) })
  }
}

/** A small state that was given up. */
export interface ExportedState {
  readonly bytes: CloneBytes
  readonly stoppedAt: number
  readonly serialiseMs: number
}

/** Suspends a process that stands at a message boundary and gives its state up. Undefined where that is not a small one: then nothing has happened. */
export function handOverNow(
  cell: ProgressCell,
  state: unknown,
  stoppedAt: number,
): ExportedState | undefined {
  const bytes = smallBytes(packState(state))
  if (bytes === undefined || !cell.suspend()) return undefined
  return { bytes, stoppedAt, serialiseMs: sharedNow() - stoppedAt }
}
