import type { ResourceLimits } from 'node:worker_threads'
import type { Classes, Codecs } from '../protocol/definition/codec.ts'
import type { Services } from '../protocol/definition/context.ts'
import type { FaultPoint } from '../upgrade/atomic/execute.ts'
import type { ProbationOptions } from '../upgrade/plan/options.ts'
import type { Logger } from './logger.ts'

/** How a runtime is made. */
export interface RuntimeOptions {
  /** What stays on the main thread and is lent to processes as `context.services`. */
  readonly services?: Services
  /** Where `context.log` and moult's own warnings go. Default: the console, without `debug`. */
  readonly logger?: Logger
  /** How new versions are on probation where an upgrade does not say it. Default true: see {@link ProbationOptions}. */
  readonly probation?: boolean | ProbationOptions
  /** How many threads may live at once, the warm spares included. Default 1,024. */
  readonly maxIsolates?: number
  /** How many started, blank threads are kept, so that a spawn or upgrade need not wait for one. Default 1. */
  readonly warmSpares?: number
  /**
   * Where images are kept: in memory, or in a folder, which is made when needed and may be shared by runtimes, on one
   * machine or after each other. Each is written atomically and compared with its hash whenever it is taken out.
   */
  readonly store?: { readonly directory: string }
  /**
   * An existing folder in which the runtime makes a private one: from there threads import their images. Default: that
   * of the system (`TMPDIR`).
   */
  readonly tempFolder?: string
  /** Limits of each thread's heap and stack, as for `new Worker`. Those that would end Node itself are refused. */
  readonly resourceLimits?: ResourceLimits
  /** How long (ms) making an image, starting a thread and importing a version may take each. Default 30,000. */
  readonly loadTimeoutMs?: number
  /** How long (ms) `init` may take. Default 30,000. */
  readonly initTimeoutMs?: number
  /** How long (ms) a thread that was asked to leave may take before it is ended. Default 2,000. */
  readonly exitGraceMs?: number
  /**
   * What happens where the code of a version leaves a rejection or an error unhandled, such as one that is thrown in a
   * timer. `'continue'` (default): the `unhandled` event tells which process started it, and the thread goes on.
   * `'exit'`: it ends the thread, as it ends Node, and with it the states of all processes that live there.
   */
  readonly onUnhandled?: 'continue' | 'exit'
  /**
   * Whether messages of main carry the trace of OpenTelemetry's active context. Needs the package `@opentelemetry/api`.
   * Default false. A trace that is given with a message is carried all the same.
   */
  readonly tracing?: boolean
  /** For development: the state is looked at after each handler, which fails with what is no data. Default false. */
  readonly checkStates?: boolean
  /** Classes whose instances may be in what the main thread sends, and in replies to it, by the names of definitions. */
  readonly classes?: Classes
  /** The same for values that have no fields of their own. */
  readonly codecs?: Codecs
  /** Awaited before each phase of each upgrade; what it throws fails that phase. For tests. */
  readonly faultPoint?: FaultPoint
}
