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

/** What makes one process different from another. */
export interface ProcessOptions {
  readonly id: string
  readonly name: string | undefined
  /** What `init` is given: this life's, and the next one's after a crash. */
  readonly args: unknown
  readonly overflow: Overflow
  readonly placement: Placement
  readonly restart: RestartPolicy
}

/** How long (ms) the making of a process may take. */
export interface StartLimits {
  readonly initTimeoutMs: number
  /** What an isolate gets to let go of a process that came to nothing. */
  readonly exitGraceMs: number
}
