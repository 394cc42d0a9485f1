import type { NoEventData } from './event.ts'
import type { TraceContext } from './trace.ts'
import type { MonitorOptions } from './process-down.ts'
import type { CronOptions, TimerOptions } from './timer-options.ts'

/**
 * Services stay on the main thread and are lent to processes: functions, or objects of functions, those of their classes
 * included. Their arguments and results are data.
 * Name yours once and every handler sees it typed:
 *
 * ```ts
 * declare module 'moult' {
 *   interface Services { db: { query(sql: string): Promise<object[]> } }
 * }
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface Services {}

/** Services as a process sees them: their functions, each of which answers with a promise. */
export type LentServices = { readonly [Name in keyof Services]: Lent<Services[Name]> }

/** A service as a process sees it. */
type Lent<Service> = unknown extends Service
  ? Service
  : Service extends AnyFunction
    ? LentFunction<Service>
    : {
        readonly [
          Name in keyof Service as NonNullable<Service[Name]> extends AnyFunction ? Name : never
        ]: LentFunction<NonNullable<Service[Name]>>
      }

type AnyFunction = (...args: never[]) => unknown

/** A function that answers with a promise keeps its type parameters and overloads. */
type LentFunction<Called> = Called extends (...args: never[]) => Promise<unknown>
  ? Called
  : Called extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : never

/** The identity of a process. */
export interface Self {
  /** Unique within the runtime, kept across upgrades and restarts. */
  readonly id: string
  /** The registered name, or the id when it has none. */
  readonly name: string
  /** Label of the version that is running. */
  readonly version: string
}

/** Data that goes with a line of the log. */
export type LogFields = Readonly<Record<string, unknown>>

/** The level of a line of the log. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Writes to the runtime's logger on the main thread, with the process's name and version added. */
export type Log = Readonly<Record<LogLevel, (message: string, fields?: LogFields) => void>>

/** The context of `onLoad`: there is no process yet. */
export interface LoadContext {
  /** Label of the version that is being loaded. */
  readonly version: string
  /** Aborted when this isolate leaves. */
  readonly signal: AbortSignal
  readonly log: Log
  readonly services: LentServices
}

/** How far another handler has come with a stream. */
export interface Resumed {
  /** The last item that it has yielded; of a call that takes a stream and yields none, the last that it has taken. */
  readonly after: unknown
  /** How many items that were. */
  readonly count: number
}

/** What is given after the name of an event: its data, which may be left out where it may be undefined. */
export type EventData<Data> = undefined extends Data ? [data?: Data] : [data: Data]

/**
 * The third argument of a handler, after its state and its payload. `Live` is what its definition's `live` opens,
 * `Events` the data of each event it may emit.
 */
export interface ProcessContext<Live = unknown, Events = NoEventData> {
  readonly self: Self
  /** What `open` of the definition's `live` has returned in this isolate. Undefined where there is none, or not yet. */
  readonly live: Live
  /**
   * The signal of this message. It is aborted when nothing waits for the handler any more, so that it can stop:
   *
   * - The caller has given up, by its `timeoutMs` or its `signal`; `reason` is the error that it got. So do handlers
   *   know that are called by the one that was given up, with `context.call`: they are still answered.
   * - This process leaves its isolate, after a stop or a move. Listeners have one turn of the event loop to clear
   *   timers: in a shared isolate timers go on otherwise.
   *
   * Not aborted at a suspend, which waits for handlers.
   */
  readonly signal: AbortSignal
  /**
   * Aborted when an upgrade waits for the handlers of this process to end, or a stop that does not drain: one that goes
   * on for long can end early. Handlers that begin while it waits find it aborted. It does not say that the process
   * leaves: where the upgrade is given up, `context.leaving` is another signal from then on.
   */
  readonly leaving: AbortSignal
  /**
   * The trace of the message that is handled: that with which it was sent, by a caller, by the handler of another process,
   * or by a timer that was set in it. What this handler sends carries it on. A handler that has a span of its own may set
   * another, from then on and until it ends. Undefined where there is none, and in `init`.
   * @throws MoultError `INVALID_OPTION` where it is set to what is none
   */
  trace: TraceContext | undefined
  readonly log: Log
  readonly services: LentServices
  /**
   * Where this handler goes on with a stream that another has begun, of this version or an older one: how far that has
   * come. Only in calls that the definition names as `resumable`.
   */
  readonly resumed?: Resumed | undefined
  /**
   * Whether the message is replayed: it was handled before, by a version that has been rolled back or a thread that has
   * died, and is handled again on the state from before. Its caller has its answer, and what the handler casts and emits
   * goes nowhere, for it has been sent. Calls of other processes and of services are made again.
   */
  readonly isReplay: boolean
  /**
   * Calls another process by name or id, or this one where `concurrency` leaves room for another handler. What would
   * wait for itself is refused, also where the calls of other processes lead back here.
   * @throws MoultError `UNKNOWN_PROCESS`, `SELF_CALL`, `CALL_CYCLE`, and all that a call from outside rejects with.
   */
  call<Reply = unknown>(
    this: void,
    process: string,
    name: string,
    payload?: unknown,
  ): Promise<Reply>
  /** Sends to another process, or to itself, without a reply. A failure on the way is logged. */
  cast(this: void, process: string, name: string, payload?: unknown): void
  /**
   * Tells an event of `emits` to those who listen on main: `ref.on`, `ref.events` and `code.on`. It is in order with the
   * replies of this process.
   * @throws MoultError `UNKNOWN_EVENT`, `INVALID_ARGUMENT`, `UNCLONEABLE_ARGUMENT`, `PROCESS_STOPPED` once the process has
   * left: then nothing was told.
   */
  emit<Name extends keyof Events & string>(
    this: void,
    name: Name,
    ...data: EventData<Events[Name]>
  ): void
  /**
   * Casts to this process once, in `ms`. The timer belongs to the process, whichever version is current when it fires:
   * it is kept over upgrades, and ends with the process, or where `init` makes its state anew.
   * @returns the timer's name, for {@link cancel}
   * @throws MoultError `INVALID_OPTION`, `UNKNOWN_CAST`, `UNCLONEABLE_ARGUMENT`: then it was not set.
   */
  after(this: void, ms: number, cast: string, payload?: unknown, options?: TimerOptions): string
  /** The same every `ms`, at least 1, for the first time in `ms`. */
  every(this: void, ms: number, cast: string, payload?: unknown, options?: TimerOptions): string
  /**
   * The same by the calendar: a cron expression of five fields, or six with seconds first, or a name such as `@daily`,
   * as [Croner](https://croner.56k.guru) reads them.
   */
  cron(
    this: void,
    expression: string,
    cast: string,
    payload?: unknown,
    options?: CronOptions,
  ): string
  /** Ends a timer of this process by its name. Where there is none, or it has fired, it does nothing. */
  cancel(this: void, timer: string): void
  /**
   * Casts to this process when another ends, by name or id: `cast` is given a {@link ProcessDown}. Where there is no such
   * process it is told at once. The monitor belongs to the process, whichever version is current then: it is kept over
   * upgrades, and ends with the process, or where `init` makes its state anew.
   * @returns the monitor's name, for {@link demonitor}
   * @throws MoultError `INVALID_OPTION`, `UNKNOWN_CAST`: then it was not set.
   */
  monitor(this: void, process: string, cast: string, options?: MonitorOptions): string
  /** Ends a monitor of this process by its name. Where there is none, or it has told its end, it does nothing. */
  demonitor(this: void, monitor: string): void
  /**
   * Links this process with another, by name or id, as Erlang does: where one of them dies, the other dies with it. It
   * loses its state then, and its restart decides. A stop is no death. Where there is no such process, this one dies at
   * once. The link ends with the state of either: set it in `init`.
   * @throws MoultError `INVALID_OPTION`
   */
  link(process: string): void
  /** Ends a link with another process. Where there is none, it does nothing. */
  unlink(process: string): void
  /**
   * Asks for the newest loaded version of this process's own code (Erlang's fully qualified call). It takes effect
   * after this handler: that version handles the next message. This version goes on where none is newer, or where the
   * upgrade fails (the runtime's `upgradeFailed` event says why). In `init` it does nothing.
   */
  upgradeSelf(this: void): void
  /**
   * Says that this handler needs the state no more: an upgrade does not wait for it. It goes on in the isolate where it
   * runs, which leaves behind it, and its reply goes to its caller. What it changes in the state from then on is lost.
   * After `drainTimeoutMs` it is given up. In `init` it does nothing.
   */
  letGo(this: void): void
  /** Marks a reply whose buffers are to be moved instead of copied: `return transfer(value, [buffer])`. */
  transfer<Value extends object>(this: void, value: Value, buffers: readonly ArrayBuffer[]): Value
}
