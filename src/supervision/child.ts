import type { Blame } from '../processes/blame.ts'
import type { Process } from '../processes/process.ts'
import type { ProcessExit } from '../processes/process-exit.ts'
import type { StopOptions } from '../processes/stop.ts'
import type { MoultError } from '../protocol/errors.ts'
import type { ChildRestart } from './strategy.ts'

/** A supervisor, as far as its processes know it. */
export interface ProcessSupervision {
  /** A process has lost its state: it has to be made anew, or to end. */
  onCrash(process: Process, error: MoultError): void
  /** A process has ended for good. */
  onExit(process: Process, exit: ProcessExit): void
}

/** How a process under a supervisor is started. */
export interface SupervisedStart {
  readonly by: ProcessSupervision
  /** Is told the process before it begins. */
  readonly onMade: (process: Process) => void
}

/** How a child is started and stopped. */
export interface ChildSpec {
  readonly restart: ChildRestart
  readonly shutdown: StopOptions
  spawn(start: SupervisedStart): Promise<unknown>
}

/** A death for which a child has not been made anew. */
export interface Death {
  readonly error: MoultError
  readonly blame: Blame
}

/** A process under a supervisor. Where it has been stopped it may come back as another process. */
export class Child {
  readonly spec: ChildSpec
  process: Process | undefined
  death: Death | undefined
  /** Whether it has ended, and is not to come back. */
  isDone = false
  /** The restarts of this child, one after the other. */
  turn: Promise<void> = Promise.resolve()

  constructor(spec: ChildSpec) {
    this.spec = spec
  }
}

/** Whose death counts, of several that are made good together: one of a child's own before one of unknown cause. */
export function blameOf(deaths: readonly Death[]): Blame {
  const all = deaths.map(({ blame }) => blame)
  return all.find((each) => each === 'own') ?? all.find((each) => each === 'unknown') ?? "another's"
}
