import type { CodeLine } from '../code/code-line.ts'
import type { Source } from '../versions/source.ts'
import { eventsSchema, stopSchema } from '../options/options.ts'
import { parseOptions } from '../options/parse-options.ts'
import { refuseExtraArguments, rejectExtraArguments } from '../options/strict-methods.ts'
import type { Diagnosis, ProcessActivity } from '../processes/activity/diagnosis.ts'
import { Messenger } from '../processes/messenger.ts'
import type { SendOptions } from '../processes/messenger.ts'
import { EventListeners } from '../processes/event-listeners.ts'
import type { EventListener } from '../processes/event-listeners.ts'
import { EventStream } from '../processes/event-stream.ts'
import type { EventIterable } from '../processes/event-stream.ts'
import type { OverflowPolicy } from '../processes/overflow.ts'
import type { Process } from '../processes/process.ts'
import type { ProcessExit } from '../processes/process-exit.ts'
import { checkName } from '../processes/rename.ts'
import { remoteCalls } from '../processes/remote-calls.ts'
import { stopProcess } from '../processes/stop.ts'
import type {
  AnyDefinition,
  CallsOf,
  EventsOf,
  Payload,
  Reply,
  StateOf,
} from '../protocol/definition/definition.ts'
import type { WithMaps } from '../protocol/definition/table-step.ts'
import type { ProcessDowngradeOptions, ProcessUpgradeOptions } from '../upgrade/plan/options.ts'
import type { UpgradeReport } from '../upgrade/report/report.ts'
import { checkEvent, checkListener } from './listening.ts'
import { processInfo } from './process-info.ts'
import type { ProcessInfo } from './process-info.ts'
import type { RestartProcessOptions, Restarts } from './restarts.ts'
import { readState } from './read-state.ts'
import type { AskedMove, Upgrades } from './upgrades.ts'

/** Options of a stop. */
export interface StopProcessOptions {
  /**
   * Whether to handle messages that were accepted before. Default true. Else they fail, except those in a running
   * handler.
   */
  readonly drain?: boolean
  /** How long that may take, in ms; remaining messages then fail with `PROCESS_STOPPED`. Default 10,000. */
  readonly timeoutMs?: number
}

/** Options of {@link ProcessRef.events}. */
export interface EventsOptions {
  /** The most events that may wait to be read. Default 1,000. */
  readonly capacity?: number
  /**
   * What a full iterable does with one more: `reject` (default) ends it, with `EVENTS_MISSED` behind those that wait,
   * `drop-newest` drops it, `drop-oldest` drops the one that has waited longest. `dropped` counts them.
   */
  readonly overflow?: OverflowPolicy
}

/** The parts that all references of one code share. */
export interface RefParts {
  readonly line: CodeLine
  readonly upgrades: Upgrades
  readonly exitGraceMs: number
  readonly diagnosis: Diagnosis
  readonly restarts: Restarts
  /** How messages are sent for which nothing else is said. */
  readonly sending: SendOptions
  rename(process: Process, name: string | undefined, takesIt: boolean): Promise<void>
}

/** The calls of a definition as functions of their payload. */
export type RemoteCalls<D extends AnyDefinition> = {
  readonly [Name in keyof CallsOf<D>]: (
    ...payload: Payload<CallsOf<D>[Name]>
  ) => Promise<Reply<CallsOf<D>[Name]>>
}

/** A process seen from main. It stays valid across upgrades and restarts. */
export class ProcessRef<D extends AnyDefinition> extends Messenger<D> {
  readonly #process: Process
  readonly #parts: RefParts
  /** Made at its first use. */
  #calls: object | undefined

  /** @internal */
  constructor(process: Process, parts: RefParts) {
    super(process, parts.sending)
    this.#process = process
    this.#parts = parts
  }

  /** Unique within the runtime. */
  get id(): string {
    return this.#process.id
  }

  get name(): string | undefined {
    const { id, label } = this.#process
    return label === id ? undefined : label
  }

  /**
   * Gives the process another name, in place of the one that it has. Rejects with `NAME_TAKEN`, `PROCESS_STOPPED`,
   * `INVALID_OPTION`.
   */
  async register(name: string): Promise<void> {
    checkName('register', name)
    await this.#parts.rename(this.#process, name, false)
  }

  /** The same, and takes the name from the process that has it: whoever sends by that name finds this one next. */
  async reregister(name: string): Promise<void> {
    checkName('reregister', name)
    await this.#parts.rename(this.#process, name, true)
  }

  /** Gives the name of the process up, which is known by its id then. Rejects with `PROCESS_STOPPED`. */
  unregister(): Promise<void> {
    return this.#parts.rename(this.#process, undefined, false)
  }

  /** Label of the version that runs. */
  get version(): string {
    return this.#process.version?.contract.version ?? ''
  }

  /** Whether it keeps its version when its code is upgraded as a whole. A move by a label pins it. */
  get isPinned(): boolean {
    return this.#parts.line.pinned.has(this.#process)
  }

  /**
   * Resolves when the process has ended for good, with the reason. It never rejects. A restart is no end: the process
   * keeps its identity.
   */
  get exited(): Promise<ProcessExit> {
    return this.#process.life.exited
  }

  /** The same process, typed by the definition it has been upgraded to. Only the type changes. */
  as<Other extends AnyDefinition>(): ProcessRef<Other> {
    return this as unknown as ProcessRef<Other>
  }

  /**
   * Moves this process alone to a newer version, by `codeChange`. See `code.upgrade`.
   * Named by its label (`ref.upgrade('2.1.0')`) the version pins the process: upgrades of the whole code pass over it.
   */
  upgrade(source: Source, options?: ProcessUpgradeOptions): Promise<UpgradeReport> {
    return this.#move({ direction: 'upgrade', source, options })
  }

  /** Moves this process alone to an older version, by the running version's `downgrade`. See `code.downgrade`. */
  downgrade(source: Source, options?: ProcessDowngradeOptions): Promise<UpgradeReport> {
    return this.#move({ direction: 'downgrade', source, options })
  }

  /**
   * The process's calls as functions of their payload: `await ref.proxy().increment(1)`. Valid across upgrades.
   * Values cross as over Comlink: by its `transfer()`, and by the transfer handlers that are registered on both sides.
   * Whatever is no call with one payload is refused with `INVALID_OPTION`.
   */
  proxy(): RemoteCalls<D> {
    this.#calls ??= remoteCalls(this.#process, this.#parts.sending)
    return this.#calls as RemoteCalls<D>
  }

  /**
   * Listens to an event of this process, over upgrades and restarts. The listener is told the data and the identity of
   * the process. What it throws is an uncaught exception, as with any emitter.
   * @throws MoultError `UNKNOWN_EVENT` where no loaded version of the code emits it, `PROCESS_STOPPED`, `INVALID_OPTION`
   */
  on<Name extends keyof EventsOf<D> & string>(
    name: Name,
    listener: EventListener<EventsOf<D>[Name]>,
  ): this {
    checkListener('on', listener)
    this.#listeners('on', name).on(name, listener as EventListener)
    return this
  }

  /** The same for the next such event only. */
  once<Name extends keyof EventsOf<D> & string>(
    name: Name,
    listener: EventListener<EventsOf<D>[Name]>,
  ): this {
    checkListener('once', listener)
    this.#listeners('once', name).once(name, listener as EventListener)
    return this
  }

  /** Takes a listener away. Where there is no such listener, it does nothing. */
  off<Name extends keyof EventsOf<D> & string>(
    name: Name,
    listener: EventListener<EventsOf<D>[Name]>,
  ): this {
    checkListener('off', listener)
    this.#process.events?.off(name, listener as EventListener)
    return this
  }

  /**
   * The data of an event of this process, one after the other, from now on and over upgrades and restarts. It is done
   * when the process has stopped.
   * @throws MoultError as {@link on}
   */
  events<Name extends keyof EventsOf<D> & string>(
    name: Name,
    options?: EventsOptions,
  ): EventIterable<EventsOf<D>[Name]> {
    const limits = parseOptions('events', eventsSchema, options)
    const listeners = this.#listeners('events', name)
    const { label } = this.#process
    const stream = new EventStream(label, name, limits, () => listeners.remove(name, stream))
    listeners.add(name, stream)
    return stream as EventIterable<never>
  }

  /**
   * A copy of the state, taken in turn with the messages. It is decoded on the main thread: mind its size.
   * Rejects with `UNCLONEABLE_STATE` and the path to what is not data, with `NOT_DECLARED` where `createRuntime` does not
   * declare what is in it, and with `MAILBOX_FULL` when `drop-oldest` dropped it.
   */
  async state(): Promise<WithMaps<StateOf<D>>> {
    return (await readState(this.#process)) as WithMaps<StateOf<D>>
  }

  /** Facts about the process. Its state is encoded to measure it. It waits for a busy process, for a second at most. */
  async inspect(): Promise<ProcessInfo> {
    return processInfo(this.#process, this.#parts.line.name)
  }

  /**
   * What the process does now, and what holds it up: the messages that it handles, for which answers of others they wait,
   * and, where its thread does not come to read its messages, the function that holds it. It need not answer for that.
   * Takes a fraction of a second, and about two seconds at most. Nothing is noted before: how long something has been
   * under way is told from the first look on.
   */
  why(): Promise<ProcessActivity> {
    return this.#parts.diagnosis.why(this.#process)
  }

  /**
   * Ends the life of the process, whatever it is at, and begins another one with its mailbox: for a handler that never
   * ends. Its thread ends where nobody else lives there, or where a handler holds it; then those who share it are made
   * anew as after a crash. What its handlers are at fails with `PROCESS_RESTARTED`, unless it ends before `exitGraceMs`
   * have passed. What waits is handled in its order, timers and monitors end. Resolves when it serves again.
   *
   * Rejects with `UNKNOWN_VERSION`, `UPGRADE_IN_PROGRESS` while an upgrade of it or of its code is under way,
   * `PROCESS_BUSY` while it is made anew already, `PROCESS_STOPPED`, `INVALID_OPTION`, and as `code.spawn` does where the
   * new state cannot be made: then its restart policy decides, as after a crash.
   */
  restart(options?: RestartProcessOptions): Promise<void> {
    return this.#parts.restarts.restart(this.#process, this.#parts.line, options)
  }

  /**
   * Stops the process: it accepts no more messages, handles the accepted ones, and its thread exits. Its name is free.
   */
  async stop(options?: StopProcessOptions): Promise<void> {
    const settings = parseOptions('stop', stopSchema, options)
    await stopProcess(this.#process, settings, this.#parts.exitGraceMs)
  }

  /** @throws MoultError `UNKNOWN_EVENT`, `PROCESS_STOPPED`, `INVALID_OPTION` */
  #listeners(where: string, name: unknown): EventListeners {
    const process = this.#process
    if (process.lifecycle === 'stopped') throw process.stoppedError()
    checkEvent(where, name, this.#parts.line, process)
    return (process.events ??= new EventListeners())
  }

  #move(asked: AskedMove<ProcessUpgradeOptions>): Promise<UpgradeReport> {
    const { line, upgrades } = this.#parts
    return upgrades.ofProcess(this.#process, line, asked)
  }
}

rejectExtraArguments(ProcessRef.prototype, {
  upgrade: ['source', 'options'],
  downgrade: ['source', 'options'],
  register: ['name'],
  reregister: ['name'],
  unregister: [],
  state: [],
  inspect: [],
  why: [],
  restart: ['options'],
  stop: ['options'],
})
refuseExtraArguments(ProcessRef.prototype, {
  as: [],
  proxy: [],
  on: ['name', 'listener'],
  once: ['name', 'listener'],
  off: ['name', 'listener'],
  events: ['name', 'options'],
})
