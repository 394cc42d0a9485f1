import type { Overflow } from './overflow.ts'

/** What makes one process different from another. */
export interface ProcessOptions {
  readonly id: string
  readonly name: string | undefined
  /** What `init` is given: this life's, and the next one's after a crash. */
  readonly args: unknown
  readonly overflow: Overflow
}

/** How long (ms) the making of a process may take. */
export interface StartLimits {
  readonly initTimeoutMs: number
  /** What an isolate gets to let go of a process that came to nothing. */
  readonly exitGraceMs: number
}
