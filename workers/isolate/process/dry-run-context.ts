import { MoultError } from '../../../src/protocol/errors.ts'
import type {
  LentServices,
  LoadContext,
  Log,
  ProcessContext,
  Self,
} from '../../../src/protocol/definition/context.ts'
import type { MonitorOptions } from '../../../src/protocol/definition/process-down.ts'
import type { TimerOptions } from '../../../src/protocol/definition/timer-options.ts'

/**
 * The context of `open` in a dry run. Services can be used, for without them little can be opened; messages, timers,
 * monitors and links come to nothing.
 */
export class DryRunContext implements ProcessContext {
  readonly self: Self
  readonly live = undefined
  readonly trace = undefined
  readonly isReplay = false
  readonly log: Log
  readonly services: LentServices
  readonly #abort = new AbortController()
  #hasCalled = false

  constructor(self: Self, { log, services }: LoadContext) {
    this.self = self
    this.log = log
    this.services = services
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get leaving(): AbortSignal {
    return this.#abort.signal
  }

  /** Whether it has asked another process, which a dry run cannot: then a failure says nothing. */
  get hasCalled(): boolean {
    return this.#hasCalled
  }

  /** The dry run is over. */
  end(): void {
    this.#abort.abort()
  }

  call<Reply>(process: string): Promise<Reply> {
    this.#hasCalled = true
    const message = `${process} is not called from a dry run`
    return Promise.reject(new MoultError('PROCESS_BUSY', message, { process }))
  }

  cast(): void {}

  emit(): void {}

  after(_ms: number, cast: string, _payload?: unknown, options?: TimerOptions): string {
    return options?.name ?? cast
  }

  every(ms: number, cast: string, payload?: unknown, options?: TimerOptions): string {
    return this.after(ms, cast, payload, options)
  }

  cron(_expression: string, cast: string, payload?: unknown, options?: TimerOptions): string {
    return this.after(0, cast, payload, options)
  }

  cancel(): void {}

  monitor(_process: string, cast: string, options?: MonitorOptions): string {
    return options?.name ?? cast
  }

  demonitor(): void {}

  link(): void {}

  unlink(): void {}

  upgradeSelf(): void {}

  letGo(): void {}

  transfer<Value>(value: Value): Value {
    return value
  }
}
