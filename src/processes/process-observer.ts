import type { Declared } from '../protocol/bytes/declared.ts'
import type { MoultError } from '../protocol/errors.ts'
import type { LogLine, Outgoing } from '../protocol/wire/messages.ts'
import type { ProcessEvent } from './event-listeners.ts'
import type { ProcessExit } from './process-exit.ts'
import type { Timer } from './timer.ts'
import type { Activation } from './activation.ts'

/** Events of a process, for the layers above. */
export interface ProcessObserver<Observed> {
  /** What the runtime declares, to send payloads from main. */
  readonly declared?: Declared | undefined
  /** Its state is gone, as a rule with its isolate. The observer has to restart or stop it. */
  onCrash(process: Observed, reason: MoultError): void
  onStopped(process: Observed, exit: ProcessExit): void
  /** It goes on from an earlier state, of which these were the timers. */
  onWentBack(process: Observed, timers: Map<string, Timer> | undefined): void
  /** A cast failed in its handler, or was lost with its isolate. It has no caller to be told. */
  onCastFailed(process: Observed, name: string, error: unknown): void
  onOutgoing(process: Observed, activation: Activation, message: Outgoing | ProcessEvent): void
  /**
   * A handler asks for the newest version of its code. The process handles nothing until {@link Activation.stay} or a
   * move.
   */
  onUpgradeSelf(process: Observed, activation: Activation): void
  /** It has come to serve, in a new life or after a move. */
  onServing?(process: Observed): void
  onLog(process: Observed, version: string, line: LogLine): void
}
