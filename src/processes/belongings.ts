import type { MoultError } from '../protocol/errors.ts'
import type { CheckpointFailed } from '../protocol/wire/checkpoints.ts'
import type { Outgoing, OutgoingCall } from '../protocol/wire/messages.ts'
import type { Activation } from './activation.ts'
import { stopped } from './lifecycle.ts'
import { Links } from './links.ts'
import { Monitors } from './monitors.ts'
import type { Process } from './process.ts'
import type { ProcessExit } from './process-exit.ts'
import { crashOf, recoveryOf } from './recovery.ts'
import type { Crash } from './recovery.ts'
import { Timers } from './timers.ts'

/** What a handler leaves on main for its process. */
export type LeftOnMain = Exclude<Outgoing, OutgoingCall | CheckpointFailed>

/**
 * What belongs to processes and lives on main, so that it outlives their code: timers, monitors, links and checkpoints.
 * It ends with the state of its process; `init` makes its own. A process that goes on with its checkpoint keeps it.
 */
export class Belongings {
  readonly #timers = new Timers()
  readonly #monitors = new Monitors()
  readonly #links: Links<Process>

  /** `die` takes the state of a process away of which a linked one has died. */
  constructor(die: (process: Process, cause: MoultError) => void) {
    this.#links = new Links(die)
  }

  /** A handler in `activation` leaves something. `lookUp` finds another process, by name or id. */
  receive(
    process: Process,
    activation: Activation,
    message: LeftOnMain,
    lookUp: (nameOrId: string) => Process | undefined,
  ): void {
    switch (message.type) {
      case 'set-timer':
      case 'cancel-timer':
        return this.#timers.receive(process, activation, message)
      case 'monitor':
        return this.#monitors.receive(process, activation, message, lookUp(message.process))
      case 'demonitor':
        return this.#monitors.receive(process, activation, message, undefined)
      case 'link':
      case 'unlink':
        return this.#links.receive(process, message, lookUp(message.process))
      case 'checkpoint':
        return recoveryOf(process).keep(process, activation, message)
    }
  }

  /** A process has lost its state for good, and is made anew by `init` or ends. */
  clear(process: Process): void {
    this.#timers.clear(process)
    this.#monitors.clear(process)
    this.#links.clear(process)
  }

  /** A process has died. With a checkpoint it has not lost its state: nothing ends, unless it cannot be made anew. */
  onCrash(process: Process, error: MoultError): Crash {
    const crash = crashOf(process, error)
    if (crash.from !== 'checkpoint') this.onDeath(process, error)
    return crash
  }

  /** The same of one whose state was taken: those that are linked to it are not told. */
  onKilled(process: Process, error: MoultError, forgets = false): void {
    if (forgets) process.recovery?.drop()
    if (crashOf(process, error).from !== 'checkpoint') this.clear(process)
  }

  /** An attempt to make a process anew has failed: what `init` has left here ends. */
  onInitFailed(process: Process): void {
    if (process.recovery?.crash?.from !== 'checkpoint') this.clear(process)
  }

  /** A process has lost its state by a death, of which those die that are linked to it. */
  onDeath(process: Process, cause: MoultError): void {
    this.#links.onDeath(process, cause)
    this.clear(process)
  }

  onExit(process: Process, exit: ProcessExit): void {
    const { crash } = process.recovery ?? {}
    // Those of one that has died have died with it, unless it was to go on.
    if (crash?.from === 'checkpoint') this.onDeath(process, crash.error)
    else if (exit.reason === 'killed') this.onDeath(process, stopped(process.label))
    else this.clear(process)
    this.#monitors.onExit(process, exit)
  }

  /** A process goes on from an earlier state, of which these were the timers. Monitors and links stay. */
  onWentBack(process: Process, timers: Process['timers']): void {
    this.#timers.restore(process, timers)
  }

  onRestarted(process: Process): void {
    this.#monitors.onRestarted(process)
  }

  /** No timer fires any more. */
  close(): void {
    this.#timers.close()
  }
}
