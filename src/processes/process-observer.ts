import type { MoultError } from '../protocol/errors.ts'
import type { LogLine, OutgoingCall } from '../protocol/wire/messages.ts'
import type { Activation } from './activation.ts'

/** What the layers above a process do with what happens to it. */
export interface ProcessObserver<Observed> {
  /** Its state is gone, as a rule with its isolate. Somebody has to restart or stop it. */
  onCrash(process: Observed, reason: MoultError): void
  onStopped(process: Observed, reason: MoultError | undefined): void
  /** A handler of a cast threw, or a cast was lost with its isolate: there is no caller to tell. */
  onCastFailed(process: Observed, name: string, error: unknown): void
  onOutgoingCall(process: Observed, activation: Activation, request: OutgoingCall): void
  /** A handler asks for the newest version of its own code. It handles nothing until {@link Activation.stay}, or until it is moved. */
  onUpgradeSelf(process: Observed, activation: Activation): void
  onLog(process: Observed, version: string, line: LogLine): void
}
