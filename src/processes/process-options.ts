import type { Placement } from '../versions/placement.ts'
import type { CheckpointRule } from '../protocol/definition/checkpoint-rule.ts'
import type { HandlerLimits } from './handler-limit.ts'
import type { Overflow } from './overflow.ts'

/** When a process is made anew after its isolate died: OTP's restart types and intensity. */
export interface RestartPolicy {
  /** `transient`: restarted when its isolate dies. `temporary`: never. */
  readonly policy: 'transient' | 'temporary'
  /** How many restarts are allowed … */
  readonly maxRestarts: number
  /** … within this time (ms). */
  readonly withinMs: number
}

/** When a process is made anew, and of what. */
export interface RestartSettings extends RestartPolicy {
  /** What it goes on with, where it has a checkpoint. */
  readonly from: 'checkpoint' | 'init'
  /** What becomes of it where its checkpoint cannot be read. */
  readonly orElse: 'init' | 'stop'
}

/** Times (ms) of the restarts that still count. */
export interface RestartHistory {
  /** For what the process did itself. */
  readonly own: readonly number[]
  /** For ends of its thread of which it is not known who made them. */
  readonly unexplained: readonly number[]
}

/** Of a process that has not died. */
export const noRestarts: RestartHistory = { own: [], unexplained: [] }

/** The options of one process. */
export interface ProcessOptions extends HandlerLimits {
  readonly id: string
  readonly name: string | undefined
  /** The argument of `init`, at the start and after a crash. */
  readonly args: unknown
  readonly overflow: Overflow
  readonly placement: Placement
  readonly restart: RestartSettings
  /** How often its state is copied to main. Undefined: as its definition says. */
  readonly checkpoint?: CheckpointRule | false | undefined
}

/** How long (ms) the making of a process may take. */
export interface StartLimits {
  readonly initTimeoutMs: number
  /** How long (ms) an isolate may take to deactivate a process whose start failed. */
  readonly exitGraceMs: number
}
