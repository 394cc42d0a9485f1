import type { ProcessDown } from '../protocol/definition/process-down.ts'
import type { SetMonitor } from '../protocol/wire/monitors.ts'
import { upcastKey } from '../versions/version.ts'
import type { Version } from '../versions/version.ts'
import { hasEnded } from './lifecycle.ts'
import type { Lifecycle } from './lifecycle.ts'
import { Message } from './message.ts'
import type { ProcessExit } from './process-exit.ts'

/** The process that has set a monitor. */
export interface MonitorOwner {
  readonly lifecycle: Lifecycle
  /** Its monitors, by their names. Undefined where there are none. */
  monitors: Map<string, Monitor> | undefined
  /** @throws MoultError where the message is not accepted */
  send(message: Message): void
  /** It was not accepted. */
  onCastFailed(name: string, error: unknown): void
}

/** What is told of the monitored process. */
export type ToldDown = Omit<ProcessDown, 'monitor' | 'error'> & Pick<ProcessExit, 'error'>

/** A monitor of a process. It belongs to no version: each that is current when it tells something gets the cast. */
export class Monitor {
  readonly owner: MonitorOwner
  readonly name: string
  readonly cast: string
  readonly tellsRestarts: boolean
  /** The declared version that has set it. */
  #origin: string

  constructor(owner: MonitorOwner, { monitor, cast, restarts }: SetMonitor, origin: string) {
    this.owner = owner
    this.name = monitor
    this.cast = cast
    this.tellsRestarts = restarts
    this.#origin = origin
  }

  tell(down: ToldDown): void {
    // A process that is stopping accepts nothing more, and nothing is lost by that.
    if (hasEnded(this.owner)) return
    try {
      this.owner.send(this.#message(down))
    } catch (error) {
      this.owner.onCastFailed(this.cast, error)
    }
  }

  /**
   * Its cast, as it may come. Where the version that serves takes it as it is, it is one of that version from now on.
   */
  messageOf(served: Version | undefined): Message {
    const key = { from: this.#origin, kind: 'cast', name: this.cast } as const
    if (served !== undefined && !served.upcasts.has(upcastKey(key))) this.#origin = served.declared
    return this.#message({ process: '', reason: 'normal' })
  }

  #message({ process, reason, error }: ToldDown): Message {
    const down: ProcessDown = {
      monitor: this.name,
      process,
      reason,
      ...(error && { error: { code: error.code, message: error.message } }),
    }
    const message = new Message('cast', this.cast, down, undefined)
    message.origin = this.#origin
    return message
  }
}
