import type { Activation } from '../../processes/activation.ts'
import type { Process } from '../../processes/process.ts'
import type { EntryTimes } from '../../protocol/wire/migration.ts'

/** A process that has been handed over, and its activations on both sides. */
export interface HandedOver {
  readonly process: Process
  readonly old: Activation | undefined
  readonly next: Activation | undefined
  /** The timers that it had as it left. */
  readonly timers: Process['timers']
  /** There as long as it is in the new one. */
  entered: EntryTimes | undefined
}
