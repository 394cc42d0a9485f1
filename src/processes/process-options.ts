import type { Placement } from '../versions/placement.ts'
import type { Overflow } from './overflow.ts'

/** When a process is made anew after its isolate died: OTP's restart types and intensity. */
export interface RestartPolicy {
  /** `transient`: restarted, by `init`, when its isolate dies. `temporary`: never. */
  readonly policy: 'transient' | 'temporary'
  /** How many restarts are allowed … */
  readonly maxRestarts: number
  /** … within this time (ms). */
  readonly withinMs: number
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
export interface ProcessOptions {
  readonly id: string
  readonly name: string | undefined
  /** The argument of `init`, at the start and after a crash. */
  readonly args: unknown
  readonly overflow: Overflow
  readonly placement: Placement
  readonly restart: RestartPolicy
}

/** How long (ms) the making of a process may take. */
export interface StartLimits {
  readonly initTimeoutMs: number
  /** How long (ms) an isolate may take to deactivate a process whose start failed. */
  readonly exitGraceMs: number
}
