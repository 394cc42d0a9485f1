import type { Isolate } from '../isolates/isolate.ts'
import { CellState } from '../protocol/wire/progress.ts'
import type { Version } from '../versions/version.ts'
import { Activation } from './activation.ts'
import { isBeingMade } from './lifecycle.ts'
import type { Process } from './process.ts'
import type { StartLimits } from './process-options.ts'

/** Makes the first state of a process in an isolate with a place reserved. An error gives the place up. */
export async function startProcess(
  process: Process,
  isolate: Isolate,
  version: Version,
  limits: StartLimits,
): Promise<void> {
  const activation = new Activation(isolate, version, process)
  activation.cell.place(CellState.Running, process.messages.next)
  try {
    const { id, label, options } = process
    await activation.init(id, label, options.args, limits.initTimeoutMs)
    if (!isBeingMade(process)) throw process.stoppedError()
  } catch (error) {
    process.blame = activation.blame ?? 'own'
    // It is not waited for: the error is all that the caller needs.
    void activation.deactivate(limits.exitGraceMs)
    throw error
  }
  // Not before: what is delivered must find a state.
  process.beginIn(activation)
}
