import type { ProcessDown } from '../src/protocol/definition/process-down.ts'
import type { EndMonitor, SetMonitor } from '../src/protocol/wire/monitors.ts'

/** A monitor that a process under test has set. */
export interface WaitingMonitor {
  readonly name: string
  /** Name or id of the process that is monitored. */
  readonly process: string
  readonly cast: string
}

/** What a test says of the end of another process. Default: it was stopped. */
export type ToldEnd = Partial<Pick<ProcessDown, 'reason' | 'error'>>

/** The monitors of a process under test. There are no other processes: the test says what becomes of them. */
export class TestMonitors {
  readonly #monitors = new Map<string, SetMonitor>()
  readonly #cast: (name: string, payload: ProcessDown) => void

  constructor(cast: (name: string, payload: ProcessDown) => void) {
    this.#cast = cast
  }

  get waiting(): readonly WaitingMonitor[] {
    return Array.from(this.#monitors.values(), ({ monitor, process, cast }) => {
      return { name: monitor, process, cast }
    })
  }

  /** A handler has set a monitor, or ended one. */
  receive(message: SetMonitor | EndMonitor): void {
    this.#monitors.delete(message.monitor)
    if (message.type === 'monitor') this.#monitors.set(message.monitor, message)
  }

  /** Tells the monitors of a process that it has ended, or that it was made anew. */
  tell(process: string, { reason = 'normal', error }: ToldEnd): void {
    for (const each of [...this.#monitors.values()]) {
      if (each.process !== process || (reason === 'restarted' && !each.restarts)) continue
      if (reason !== 'restarted') this.#monitors.delete(each.monitor)
      const down = { monitor: each.monitor, process, reason, ...(error && { error }) }
      this.#cast(each.cast, down)
    }
  }

  clear(): void {
    this.#monitors.clear()
  }
}
