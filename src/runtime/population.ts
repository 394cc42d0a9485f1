import type { Source } from '../versions/source.ts'
import type { CodeHost, SpawnOptions } from './code.ts'
import type { CodeLine } from '../code/code-line.ts'
import type { Loader } from '../versions/loader.ts'
import type { IsolatePool } from '../isolates/isolate-pool.ts'
import type { Logger } from './logger.ts'
import { parseOptions, spawnSchema, stopSchema } from '../options/options.ts'
import type { CodeServer, VersionInfo } from '../code/code-server.ts'
import type { Version } from '../versions/version.ts'
import { Directory } from './directory.ts'
import type { ProcessRef, RefHost, StopProcessOptions } from './process-ref.ts'
import { answerRequest } from '../processes/answer-outgoing-call.ts'
import { ownValue } from '../processes/message.ts'
import type { OpenCalls } from '../processes/open-calls.ts'
import { Overflow } from '../processes/overflow.ts'
import type { OverflowPolicy } from '../processes/overflow.ts'
import { Process } from '../processes/process.ts'
import type { ProcessObserver } from '../processes/process-observer.ts'
import type { StartLimits } from '../processes/process-options.ts'
import { Registry } from '../processes/registry.ts'
import { stopProcess, stopTogether } from '../processes/stop.ts'
import type { StopOptions } from '../processes/stop.ts'
import type { Activation } from '../processes/activation.ts'
import type { LogFields, LogLevel } from '../protocol/definition/context.ts'
import type { AnyDefinition } from '../protocol/definition/definition.ts'
import { fulfilsWithin } from '../timing/deadline.ts'
import { Deferred } from '../protocol/deferred.ts'
import { MoultError, isMoultError } from '../protocol/errors.ts'
import type { LogLine, OutgoingCall } from '../protocol/wire/messages.ts'
import type { RuntimeEmitter, RuntimeEvents } from './runtime-events.ts'
import { Supervisor } from '../supervision/supervisor.ts'
import type { DowngradeOptions, UpgradeOptions } from '../upgrade/plan/options.ts'
import type { Direction } from '../upgrade/plan/migration-path.ts'
import type { UpgradeReport } from '../upgrade/report/report.ts'
import type { VersionName } from '../versions/version-name.ts'
import type { Upgrader } from '../upgrade/upgrader.ts'
import { Upgrades } from './upgrades.ts'
import type { Watch, WatchOptions } from './watch.ts'
import { Watches } from './watches.ts'

/** What a population works with. */
export interface PopulationParts extends StartLimits {
  readonly loader: Loader
  readonly pool: IsolatePool
  readonly upgrader: Upgrader
  readonly openCalls: OpenCalls
  readonly codeServer: CodeServer
  readonly events: RuntimeEmitter
  readonly logger: Logger
}

/** The processes of a runtime: how they come, who they are, what becomes of them. */
export class Population implements CodeHost, ProcessObserver<Process> {
  readonly #parts: PopulationParts
  readonly #supervisor: Supervisor
  readonly #upgrades: Upgrades
  readonly #watches: Watches
  readonly #registry = new Registry()
  readonly #directory = new Directory((line) => this.#hostOf(line))
  readonly #overflows = new Map<string, Overflow>()
  /** Loads and spawns that are under way, and what gives each up. */
  readonly #underWay = new Map<Promise<unknown>, Deferred<never>>()
  #isOpen = true

  constructor(parts: PopulationParts) {
    this.#parts = parts
    const { upgrader, events, loader, logger } = parts
    this.#upgrades = new Upgrades(upgrader, events, logger, (work) => this.whileOpen(work))
    this.#watches = new Watches({
      upgrades: this.#upgrades,
      softPurge: (line, label) => {
        const purge = (): Promise<void> => parts.codeServer.softPurge(line, label)
        return this.whileOpen(() => line.background(purge))
      },
      loader,
      logger,
    })
    this.#supervisor = new Supervisor(parts, (process) => {
      const version = process.version?.contract.version ?? ''
      parts.events.announce('restarted', { process: process.label, version })
      parts.pool.refill()
    })
  }

  /** Runs what the end of the runtime has to wait for. @throws MoultError `RUNTIME_CLOSED` */
  async whileOpen<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#checkOpen()
    const end = new Deferred<never>()
    const result = Promise.race([work(), end.promise])
    this.#underWay.set(result, end)
    try {
      return await result
    } finally {
      this.#underWay.delete(result)
      if (this.#underWay.size === 0) this.#parts.codeServer.sweep()
    }
  }

  /** Takes nothing more, and resolves when what was under way has ended. What takes longer than `timeoutMs` is given up. */
  async close(timeoutMs: number): Promise<void> {
    this.#isOpen = false
    const watches = this.#watches.close()
    const ended = Promise.allSettled([...this.#underWay.keys(), watches])
    if (await fulfilsWithin(ended, timeoutMs)) return
    for (const end of this.#underWay.values()) end.reject(this.#closedError())
  }

  #checkOpen(): void {
    if (this.#isOpen) return
    throw this.#closedError()
  }

  #closedError(): MoultError {
    return new MoultError('RUNTIME_CLOSED', 'the runtime has closed or is closing')
  }

  stopAll(options: StopOptions): Promise<void> {
    return stopTogether(this.#registry.all(), options, this.#parts.exitGraceMs)
  }

  find(nameOrId: string): ProcessRef<AnyDefinition> | undefined {
    const process = this.#registry.find(nameOrId)
    return process && this.#directory.ref(process)
  }

  all(): ProcessRef<AnyDefinition>[] {
    return this.#registry.all().flatMap((process) => this.#directory.ref(process) ?? [])
  }

  refs(line: CodeLine): ProcessRef<AnyDefinition>[] {
    return [...line.processes].flatMap((process) => this.#directory.ref(process) ?? [])
  }

  async spawn(
    line: CodeLine,
    options: SpawnOptions<unknown> | undefined,
  ): Promise<ProcessRef<AnyDefinition>> {
    const { name, version: label, mailbox, restart } = parseOptions('spawn', spawnSchema, options)
    const args = ownValue(options?.args, 'args')
    if (name !== undefined) this.#registry.reserve(name)
    const overflow = this.#overflow(mailbox.capacity, mailbox.overflow)
    const id = this.#registry.nextId()
    const { placement } = line
    const process = new Process({ id, name, args, overflow, placement, restart }, this)
    try {
      return await this.whileOpen(() =>
        line.shared(async () => {
          const pinnedTo = label === undefined ? undefined : line.get(label)
          await this.#supervisor.start(process, pinnedTo ?? line.current)
          if (pinnedTo !== undefined) line.pinned.add(process)
          this.#registry.add(process)
          return this.#directory.add(process, line)
        }),
      )
    } finally {
      if (name !== undefined) this.#registry.release(name)
      this.#parts.pool.refill()
    }
  }

  upgrade(
    line: CodeLine,
    source: Source,
    direction: Direction,
    options: UpgradeOptions | undefined,
  ): Promise<UpgradeReport> {
    return this.#upgrades.ofCode(line, source, direction, options)
  }

  rollBack(line: CodeLine, options: DowngradeOptions | undefined): Promise<UpgradeReport> {
    return this.#upgrades.rollBack(line, options)
  }

  /** Adds a version to a code without moving anything. */
  async load(line: CodeLine, source: Source): Promise<VersionName> {
    const load = (): Promise<Version> => this.#parts.codeServer.load(line, source)
    try {
      const { contract, image } = await this.whileOpen(() => line.shared(load))
      return { version: contract.version, hash: image.hash }
    } finally {
      this.#parts.pool.refill()
    }
  }

  /** @throws MoultError `INVALID_OPTION`, `RUNTIME_CLOSED` */
  watch(lines: readonly CodeLine[], options: WatchOptions | undefined): Watch {
    this.#checkOpen()
    return this.#watches.open(lines, options)
  }

  versions(line: CodeLine): Promise<VersionInfo[]> {
    return this.#parts.codeServer.list(line)
  }

  softPurge(line: CodeLine, label: string): Promise<void> {
    const purge = (): Promise<void> => this.#parts.codeServer.softPurge(line, label)
    return this.whileOpen(() => line.exclusive(purge))
  }

  async purge(line: CodeLine, label: string, options: StopProcessOptions | undefined) {
    const settings = parseOptions('purge', stopSchema, options)
    const purge = (): Promise<void> => this.#parts.codeServer.purge(line, label, settings)
    await this.whileOpen(() => line.exclusive(purge))
  }

  // What happens to a process.

  onCrash(process: Process, error: MoultError): void {
    this.#tell('crashed', { process: process.label, error }, error)
    void this.#supervisor.restart(process, error)
  }

  onStopped(process: Process, error: MoultError | undefined): void {
    if (!this.#directory.remove(process)) return
    this.#registry.remove(process)
    const event = { process: process.label, ...(error && { error }) }
    if (error === undefined) this.#parts.events.announce('stopped', event)
    else this.#tell('stopped', event, error)
  }

  /** An event that nobody listens to, and that nobody should miss, goes to the log. */
  #tell<Name extends 'crashed' | 'stopped'>(
    name: Name,
    event: RuntimeEvents[Name][0],
    error: MoultError,
  ): void {
    if (this.#parts.events.announce(name, event)) return
    this.#log('error', error.message, { process: event.process, error })
  }

  onCastFailed(process: Process, name: string, error: unknown): void {
    const { events } = this.#parts
    if (events.announce('castFailed', { process: process.label, name, error })) return
    // Who asked for messages to be dropped does not want a line for each.
    if (isMoultError(error, 'MAILBOX_FULL')) return
    this.#log('error', `the cast '${name}' to ${process.label} failed`, {
      process: process.label,
      error,
    })
  }

  onOutgoingCall(process: Process, activation: Activation, message: OutgoingCall): void {
    const from = { process, activation, openCalls: this.#parts.openCalls }
    answerRequest(this.#registry.find(message.process), from, message, (error) => {
      const fields = { process: process.label, to: message.process, error }
      this.#log('error', `${process.label} could not cast '${message.name}'`, fields)
    })
  }

  onUpgradeSelf(process: Process, activation: Activation): void {
    const line = this.#directory.line(process)
    if (line === undefined) return activation.stay()
    void this.#upgrades.ofSelf(process, activation, line)
  }

  onLog(process: Process, version: string, { level, message, fields }: LogLine): void {
    this.#log(level, message, { process: process.label, version, ...fields })
  }

  /** A logger that throws is an uncaught exception, but not in the middle of what it was told of. */
  #log(level: LogLevel, message: string, fields: LogFields): void {
    queueMicrotask(() => this.#parts.logger[level](message, fields))
  }

  #hostOf(line: CodeLine): RefHost {
    const move =
      (direction: Direction): RefHost['upgrade'] =>
      (process, source, options) =>
        this.#upgrades.ofProcess(process, line, source, direction, options)
    return {
      codeName: line.name,
      isPinned: (process) => line.pinned.has(process),
      upgrade: move('upgrade'),
      downgrade: move('downgrade'),
      stop: (process, options) => this.#stop(process, options),
    }
  }

  /** It has no state: one for all mailboxes of a kind. */
  #overflow(capacity: number, policy: OverflowPolicy): Overflow {
    const kind = `${capacity} ${policy}`
    const overflow = this.#overflows.get(kind) ?? new Overflow(capacity, policy)
    this.#overflows.set(kind, overflow)
    return overflow
  }

  async #stop(process: Process, options: unknown): Promise<void> {
    const settings = parseOptions('stop', stopSchema, options)
    await stopProcess(process, settings, this.#parts.exitGraceMs)
  }
}
