import type { Isolate } from '../isolates/isolate.ts'
import type { Version } from '../versions/version.ts'
import { Activation } from './activation.ts'
import { begin } from './begin.ts'
import { isBeingMade } from './lifecycle.ts'
import type { Process } from './process.ts'
import type { StartLimits } from './process-options.ts'
import type { Checkpoint } from './recovery.ts'

/** Lets a process begin in an isolate with a place reserved. An error gives the place up. See {@link begin}. */
export async function startProcess(
  process: Process,
  isolate: Isolate,
  version: Version,
  limits: StartLimits,
  checkpoint?: Checkpoint,
): Promise<void> {
  const activation = new Activation(isolate, version, process)
  try {
    await begin(process, activation, limits, checkpoint)
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
