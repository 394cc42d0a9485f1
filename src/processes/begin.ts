import { entryAt } from '../protocol/wire/entries.ts'
import type { Entries } from '../protocol/wire/entries.ts'
import { copyInTurns } from '../protocol/bytes/copy-in-turns.ts'
import { join } from '../protocol/bytes/joined-bytes.ts'
import { MoultError, isMoultError } from '../protocol/errors.ts'
import { reasonOf } from '../protocol/reason.ts'
import type { Birth } from '../protocol/wire/messages.ts'
import { unchanged } from '../protocol/wire/migration.ts'
import { CellState } from '../protocol/wire/progress.ts'
import { decodeThrown } from '../protocol/wire/thrown.ts'
import { withDeadline } from '../timing/deadline.ts'
import type { Activation } from './activation.ts'
import type { Messages } from './messages.ts'
import type { ProcessOptions, StartLimits } from './process-options.ts'
import type { Checkpoint } from './recovery.ts'

/** A process that begins. */
export interface Beginner {
  readonly id: string
  readonly label: string
  readonly messages: Messages
  readonly options: Pick<ProcessOptions, 'args' | 'checkpoint'>
}

/**
 * Gives a process a state in an activation: by `init`, or from its checkpoint, of which main keeps the bytes.
 * @throws as {@link Activation.init} does, and MoultError `RESTORE_FAILED`, `OPEN_FAILED`
 */
export async function begin(
  process: Beginner,
  activation: Activation,
  { initTimeoutMs }: StartLimits,
  checkpoint: Checkpoint | undefined,
): Promise<void> {
  const { next } = process.messages
  if (checkpoint !== undefined) {
    activation.cell.place(CellState.Entering, next)
    return restore(process, activation, initTimeoutMs, checkpoint)
  }
  activation.cell.place(CellState.Running, next)
  const { args, checkpoint: rule } = process.options
  const birth: Birth = [process.id, process.label, args]
  const full: Birth = rule === undefined ? birth : [process.id, process.label, args, rule]
  await activation.init(full, initTimeoutMs)
}

async function restore(
  process: Beginner,
  activation: Activation,
  timeoutMs: number,
  { payload, version }: Checkpoint,
): Promise<void> {
  const { isolate, slot, cell } = activation
  const { bytes, attachments } = await copyInTurns(payload)
  const entered = isolate.requests.enter({
    slots: [slot],
    ids: [process.id],
    names: [process.label],
    migration: unchanged(version.contract.version),
    verify: false,
    hold: false,
    checkpoints: [process.options.checkpoint],
    states: join([bytes]),
    attachments,
  })
  const late = (): MoultError => {
    const message = `${process.label} took longer than ${timeoutMs} ms to go on with its checkpoint`
    return new MoultError('RESTORE_FAILED', message, { process: process.label })
  }
  const entries = await withDeadline(entered, { timeoutMs, late }).catch((error: unknown) => {
    // The process may be ready just now: the first of both decides.
    if (isMoultError(error, 'RESTORE_FAILED') && !cell.cancel()) return undefined
    throw error
  })
  if (entries !== undefined && entryAt(entries, 0) === undefined) throw failure(process, entries)
}

function failure({ label }: Beginner, { failures }: Entries): MoultError {
  const [first] = failures
  const cause = first === undefined ? undefined : decodeThrown(first[1])
  if (isMoultError(cause, 'OPEN_FAILED')) return cause
  const message = `${label} cannot go on with its checkpoint: ${reasonOf(cause)}`
  return new MoultError('RESTORE_FAILED', message, { process: label, cause })
}
