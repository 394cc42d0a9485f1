import type { MoultError } from '../protocol/errors.ts'
import type { Outgoing, OutgoingCall } from '../protocol/wire/messages.ts'
import type { Activation } from './activation.ts'
import { stopped } from './lifecycle.ts'
import { Links } from './links.ts'
import { Monitors } from './monitors.ts'
import type { Process } from './process.ts'
import type { ProcessExit } from './process-exit.ts'
import { Timers } from './timers.ts'

/** What a handler leaves on main for its process. */
export type LeftOnMain = Exclude<Outgoing, OutgoingCall>

/**
 * What belongs to processes and lives on main, so that it outlives their code: timers, monitors and links. It ends with
 * the state of its process; `init` makes its own.
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
    }
  }

  /** A process has lost its state, and is made anew or ends. */
  clear(process: Process): void {
    this.#timers.clear(process)
    this.#monitors.clear(process)
    this.#links.clear(process)
  }

  /** The same by a death, of which those die that are linked to it. */
  onDeath(process: Process, cause: MoultError): void {
    this.#links.onDeath(process, cause)
    this.clear(process)
  }

  onExit(process: Process, exit: ProcessExit): void {
    // Those of one that has died have died with it.
    if (exit.reason === 'killed') this.onDeath(process, stopped(process.label))
    else this.clear(process)
    this.#monitors.onExit(process, exit)
  }

  onRestarted(process: Process): void {
    this.#monitors.onRestarted(process)
  }

  /** No timer fires any more. */
  close(): void {
    this.#timers.close()
  }
}
