import type { Payload } from '../../../src/protocol/bytes/payload.ts'
import { sharedNow } from '../../../src/protocol/clock.ts'
import type { Deferred } from '../../../src/protocol/deferred.ts'
import { isPromiseLike } from '../../../src/protocol/promise-like.ts'
import type { Migration } from '../../../src/protocol/wire/migration.ts'
import { CellState } from '../../../src/protocol/wire/progress.ts'
import type { ProgressCell } from '../../../src/protocol/wire/progress.ts'
import { exportState } from '../../state/exporting.ts'
import { packState, smallBytes } from '../../state/state-bytes.ts'
import type { Version } from '../../state/version.ts'
import type { ProcessAttachments } from './attachments.ts'
import type { OpenResource } from './open-resource.ts'
import type { Surroundings } from './host-context.ts'

/** A state that was given up. */
export interface ExportedState extends Payload {
  /** When the process stopped, ms on the clock that all threads share. */
  readonly stoppedAt: number
  readonly serialiseMs: number
  /** Records of tables, or values of objects, among the bytes, where the others had been sent ahead. */
  readonly recordsLeft: number
  /** Why it goes as a whole although it was to go ahead. */
  readonly whole?: string | undefined
}

/** A suspend that has not taken effect. */
export interface PendingSuspend {
  readonly attempt: number
  readonly migration: Migration
  readonly exported: Deferred<ExportedState | undefined>
}

/** A process that has suspended. */
export interface Suspended {
  readonly attempt: number
  readonly cell: ProgressCell
  readonly state: unknown
  readonly stoppedAt: number
  readonly attachments: ProcessAttachments
  readonly resource: OpenResource | undefined
}

/**
 * Gives the state up. Undefined where main does not wait for it any more.
 * @throws what the user's function throws, MoultError `UNCLONEABLE_STATE`, `SAVE_FAILED`
 */
export async function handOver(
  { attempt, cell, state, stoppedAt, attachments, resource }: Suspended,
  migration: Migration,
  { version, outbox }: Surroundings,
): Promise<ExportedState | undefined> {
  // Should the user's function never return, what was answered before is not lost with the thread.
  if (migration.by === 'downgrade') outbox.flush()
  resource?.save(state)
  const { senders, preallocated } = attachments
  const exported = exportState(version, state, migration, senders, preallocated)
  const payload = isPromiseLike(exported) ? await exported : exported
  const isAwaited = (): boolean => cell.state === CellState.Suspended && attempt === cell.attempt
  // A downgrade that took too long has been given up meanwhile.
  if (!isAwaited()) return undefined
  if (resource?.isExclusive === true) {
    await resource.close()
    if (!isAwaited()) return undefined
  }
  const recordsLeft = (senders.tables ?? senders.graph)?.left ?? 0
  const { whole } = attachments
  return { ...payload, stoppedAt, serialiseMs: sharedNow() - stoppedAt, recordsLeft, whole }
}

/**
 * Suspends a process that stands at a message boundary and gives its state up. Undefined where that is not a small one:
 * then nothing has happened.
 */
export function handOverNow(
  cell: ProgressCell,
  state: unknown,
  stoppedAt: number,
  { toNextVersion }: Version,
): ExportedState | undefined {
  const bytes = smallBytes(packState(state, toNextVersion))
  if (bytes === undefined || !cell.suspend()) return undefined
  const serialiseMs = sharedNow() - stoppedAt
  return { bytes, attachments: undefined, stoppedAt, serialiseMs, recordsLeft: 0 }
}
