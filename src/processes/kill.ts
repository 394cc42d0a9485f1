import type { MoultError } from '../protocol/errors.ts'
import { isBeingMoved, stoppedAmidst } from './lifecycle.ts'
import type { Message } from './message.ts'
import type { Process } from './process.ts'
import { recoveryOf } from './recovery.ts'

/**
 * Takes the state of a process away, as if its thread had died, and leaves the thread to the others that live there. What
 * a handler was at fails, unless it ends while the process leaves; it may wait for one that has died. What waits goes on
 * waiting: the process is between two lives, and has to be made anew.
 * @returns false where nothing was done: it has ended, or has no state just now
 */
export async function killProcess(
  process: Process,
  cause: MoultError,
  graceMs: number,
): Promise<boolean> {
  while (isBeingMoved(process)) {
    // An upgrade would wait for its handler.
    process.onStop?.(process)
    await process.life.endOfTransit()
  }
  const { activation } = process
  if (process.lifecycle !== 'running' || activation === undefined) return false
  process.blame = "another's"
  process.life.beginRestart()
  process.onServed?.()
  await activation.deactivate(graceMs)
  const isReason = cause.code === 'HANDLER_TIMEOUT' || cause.code === 'PROCESS_RESTARTED'
  const errorOf = (each: Message): MoultError => {
    return isReason ? cause : stoppedAmidst(process.label, each, cause)
  }
  recoveryOf(process).fail(process, activation, () =>
    process.messages.failBegun(activation, errorOf),
  )
  return true
}
