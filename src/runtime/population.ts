import type { CodeLine } from '../code/code-line.ts'
import type { CodeServer } from '../code/code-server.ts'
import type { IsolatePool } from '../isolates/isolate-pool.ts'
import { writeLine } from './logger.ts'
import type { Logger } from './logger.ts'
import { spawnSchema } from '../options/options.ts'
import { parseOptions } from '../options/parse-options.ts'
import { ownFields } from '../options/own-fields.ts'
import { Directory } from './directory.ts'
import type { ProcessRef, RefParts } from './process-ref.ts'
import { answerRequest } from '../processes/answer-outgoing-call.ts'
import type { Declared } from '../protocol/bytes/declared.ts'
import { ownCopy } from '../protocol/bytes/own-copy.ts'
import { unlimited } from '../processes/messenger.ts'
import { Belongings } from '../processes/belongings.ts'
import type { Diagnosis } from '../processes/activity/diagnosis.ts'
import type { OpenCalls } from '../processes/open-calls.ts'
import type { ProcessEvent } from '../processes/event-listeners.ts'
import { HandlerTimeouts } from './handler-timeouts.ts'
import { Overflows } from '../processes/overflow.ts'
import { Process } from '../processes/process.ts'
import type { ProcessExit } from '../processes/process-exit.ts'
import type { ProcessObserver } from '../processes/process-observer.ts'
import type { StartLimits } from '../processes/process-options.ts'
import { renameProcess } from '../processes/rename.ts'
import { Registry } from '../processes/registry.ts'
import { killProcess } from '../processes/kill.ts'
import { stopAll, stopBatch, stopProcess } from '../processes/stop.ts'
import type { StopOptions } from '../processes/stop.ts'
import type { Activation } from '../processes/activation.ts'
import type { LogFields, LogLevel } from '../protocol/definition/context.ts'
import type { TraceSource } from '../protocol/definition/trace.ts'
import type { AnyDefinition } from '../protocol/definition/definition.ts'
import { isMoultError } from '../protocol/errors.ts'
import type { MoultError } from '../protocol/errors.ts'
import { reasonOf } from '../protocol/reason.ts'
import type { LogLine, Outgoing, Unhandled } from '../protocol/wire/messages.ts'
import { decodeError } from '../protocol/wire/thrown.ts'
import { Restarts } from './restarts.ts'
import type { SpawnOptions } from './spawn-options.ts'
import { tellEvent } from './tell-event.ts'
import type { RuntimeEmitter } from './runtime-emitter.ts'
import type { NamedProcess, RuntimeEvents } from './runtime-events.ts'
import type { ProcessSupervision, SupervisedStart } from '../supervision/child.ts'
import type { ProcessKeeper } from '../supervision/supervision.ts'
import { Supervisor } from '../supervision/supervisor.ts'
import type { UnderWay } from '../timing/under-way.ts'
import { unhandledError } from './unhandled-error.ts'
import type { Upgrades } from './upgrades.ts'

/** The parts of a population. */
export interface PopulationParts extends StartLimits {
  readonly codeServer: Pick<CodeServer, 'lineOf'>
  readonly pool: IsolatePool
  readonly upgrades: Upgrades
  readonly openCalls: OpenCalls
  readonly diagnosis: Diagnosis
  readonly underWay: UnderWay
  readonly events: RuntimeEmitter
  readonly logger: Logger
  /** Tells the trace of what main sends. Undefined where it is not asked. */
  readonly traceOf: TraceSource | undefined
  readonly declared: Declared | undefined
}

/** The processes of a runtime: their start, their identity and their events. */
export class Population implements ProcessObserver<Process> {
  readonly declared: Declared | undefined
  readonly #parts: PopulationParts
  readonly #supervisor: Supervisor
  readonly #registry = new Registry()
  readonly #directory: Directory
  readonly #overflows = new Overflows()
  readonly #belongings = new Belongings((process, cause) => void this.die(process, cause))
  readonly #supervisions = new Map<Process, ProcessSupervision>()
  readonly #handlerTimeouts: HandlerTimeouts

  constructor(parts: PopulationParts) {
    this.#parts = parts
    this.declared = parts.declared
    const { upgrades, exitGraceMs, diagnosis, events, pool, traceOf } = parts
    const sending = traceOf === undefined ? unlimited : { ...unlimited, traceOf }
    const rename: RefParts['rename'] = (process, name, takesIt) => {
      return renameProcess(this.#registry, process, name, takesIt)
    }
    const restarts = new Restarts(parts, this)
    const shared = { upgrades, restarts, exitGraceMs, diagnosis, sending, rename }
    this.#directory = new Directory(shared)
    this.#handlerTimeouts = new HandlerTimeouts(parts, this.#directory, this)
    this.#supervisor = new Supervisor(parts, {
      onInitFailed: (process) => this.#belongings.onInitFailed(process),
      onForgotten: (process, error) => this.#belongings.onDeath(process, error),
      onRestarted: (process, recovered) => {
        this.#belongings.onRestarted(process)
        const version = process.version?.contract.version ?? ''
        events.announce('restarted', { ...this.#named(process), version, ...recovered })
        pool.refill()
      },
      onDelayed: ({ label }, error, ms) => {
        const message = `${label} is tried again every ${ms} ms: ${error.message}`
        this.#log('warn', message, { process: label, error })
      },
    })
  }

  stopAll(options: StopOptions): Promise<void> {
    this.#belongings.close()
    this.#handlerTimeouts.close()
    return stopAll(this.#registry.all(), options, this.#parts.exitGraceMs)
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
    supervision?: SupervisedStart,
  ): Promise<ProcessRef<AnyDefinition>> {
    const { name, version: label, mailbox, ...own } = parseOptions('spawn', spawnSchema, options)
    const args = ownCopy(options && ownFields(options).args, 'args', this)
    if (name !== undefined) this.#registry.reserve(name)
    const overflow = this.#overflows.of(mailbox.capacity, mailbox.overflow)
    const id = this.#registry.nextId()
    const { placement } = line
    const process = new Process({ ...own, id, name, args, overflow, placement }, this)
    if (supervision !== undefined) this.#supervisions.set(process, supervision.by)
    supervision?.onMade(process)
    this.#registry.beginStart(process)
    try {
      return await this.#parts.underWay.whileOpen(() =>
        line.shared(async () => {
          this.#directory.begin(line)
          const pinnedTo = label === undefined ? undefined : line.get(label)
          await this.#supervisor.start(process, pinnedTo ?? line.current)
          if (pinnedTo !== undefined) line.pinned.add(process)
          this.#registry.add(process)
          this.#tellSpawned(process)
          return this.#directory.add(process, line)
        }),
      )
    } finally {
      this.#registry.endStart(process)
      if (name !== undefined) this.#registry.release(name)
      this.#parts.pool.refill()
    }
  }

  /** What supervisors of several processes do to them. */
  get keeper(): ProcessKeeper {
    const { exitGraceMs: graceMs } = this.#parts
    return {
      kill: async (process, cause, forgets) => {
        const isKilled = await killProcess(process, cause, graceMs)
        if (isKilled) this.#belongings.onKilled(process, cause, forgets)
      },
      makeAnew: (process, version) => this.#supervisor.makeAnew(process, version),
      stop: (process, options) => stopProcess(process, options, graceMs, 'shutdown'),
    }
  }

  /** Stops processes that belong together. */
  async stopGroup(
    refs: readonly Pick<ProcessRef<AnyDefinition>, 'id'>[],
    options: StopOptions,
  ): Promise<void> {
    const processes = refs.flatMap(({ id }) => this.#registry.byId(id) ?? [])
    await stopBatch(processes, options, this.#parts.exitGraceMs)
  }

  onCrash(process: Process, error: MoultError): void {
    const crash = this.#belongings.onCrash(process, error)
    this.#tell('crashed', { ...this.#named(process), ...crash }, error)
    const supervision = this.#supervisions.get(process)
    if (supervision === undefined) void this.#supervisor.restart(process, error)
    else supervision.onCrash(process, error)
  }

  onStopped(process: Process, exit: ProcessExit): void {
    const { error } = exit
    this.#belongings.onExit(process, exit)
    const supervision = this.#supervisions.get(process)
    this.#supervisions.delete(process)
    if (!this.#directory.remove(process)) return
    // Behind events that have come.
    queueMicrotask(() => process.events?.end())
    this.#registry.remove(process)
    supervision?.onExit(process, exit)
    const event = { ...this.#named(process), ...(error && { error }) }
    if (error === undefined) this.#parts.events.announce('stopped', event)
    else this.#tell('stopped', event, error)
  }

  /** Dies of another's death. In OTP, too, that counts as a death of its own. */
  async die(process: Process, cause: MoultError): Promise<void> {
    await process.life.endOfTransit()
    if (!(await killProcess(process, cause, this.#parts.exitGraceMs))) return
    process.blame = 'own'
    this.onCrash(process, cause)
  }

  #tellSpawned(process: Process): void {
    const { events } = this.#parts
    if (!events.hasListenerOrSubscriber('spawned')) return
    const version = process.version?.contract.version ?? ''
    events.announce('spawned', { ...this.#named(process), id: process.id, version })
  }

  #named(process: Process): NamedProcess {
    return { process: process.label, codeName: this.#directory.line(process)?.name ?? '' }
  }

  /** Announces an important event. Without a listener the log gets it. */
  #tell<Name extends 'crashed' | 'stopped' | 'checkpointFailed'>(
    name: Name,
    event: RuntimeEvents[Name][0],
    error: Error,
  ): void {
    if (this.#parts.events.announce(name, event)) return
    this.#log('error', error.message, { process: event.process, error })
  }

  onWentBack(process: Process, timers: Process['timers']): void {
    this.#belongings.onWentBack(process, timers)
  }

  onCastFailed(process: Process, name: string, error: unknown): void {
    const { events } = this.#parts
    if (events.announce('castFailed', { process: process.label, name, error })) return
    // A user who chose to drop messages does not want a line for each.
    if (isMoultError(error, 'MAILBOX_FULL')) return
    this.#log('error', `the cast '${name}' to ${process.label} failed`, {
      process: process.label,
      error,
    })
  }

  onOutgoing(process: Process, activation: Activation, message: Outgoing | ProcessEvent): void {
    if (message.type === 'event')
      return tellEvent(process, this.#directory.line(process), activation.version, message)
    if (message.type === 'checkpoint-failed') {
      const error = decodeError(message.error)
      return this.#tell('checkpointFailed', { ...this.#named(process), error }, error)
    }
    if (message.type !== 'outgoing-call') {
      const lookUp = (id: string): Process | undefined => this.#registry.findFor(process, id)
      return this.#belongings.receive(process, activation, message, lookUp)
    }
    const from = { process, activation, openCalls: this.#parts.openCalls }
    // A call does not wait for one that makes its first state.
    const isCall = message.request !== undefined
    const to = this.#registry.findFor(process, message.process, isCall)
    answerRequest(to, from, message, (error) => {
      const fields = { process: process.label, to: message.process, error }
      this.#log('error', `${process.label} could not cast '${message.name}'`, fields)
    })
  }

  onServing(process: Process): void {
    this.#handlerTimeouts.onServing(process)
  }

  onUpgradeSelf(process: Process, activation: Activation): void {
    const line = this.#directory.line(process)
    if (line === undefined) return activation.stay()
    void this.#parts.upgrades.ofSelf(process, activation, line)
  }

  onLog(process: Process, version: string, { level, message, fields }: LogLine): void {
    this.#log(level, message, { process: process.label, version, ...fields })
  }

  /** What a thread says that its code has left unhandled. The process may live elsewhere by now, or have ended. */
  onUnhandled(said: Unhandled): void {
    const { process: origin, url } = said
    const process = origin && this.#registry.byId(origin.id)
    const line = (process && this.#directory.line(process)) ?? this.#parts.codeServer.lineOf(url)
    const event = unhandledError(said, line)
    if (process !== undefined) process.totals.failed++
    if (this.#parts.events.announce('unhandled', event)) return
    const whose = origin?.name ?? line?.name ?? 'a version'
    this.#log('error', `${whose} left an error unhandled: ${reasonOf(event.error)}`, { ...event })
  }

  /** An error of the logger is an uncaught exception, thrown later so that the caller can finish. */
  #log(level: LogLevel, message: string, fields: LogFields): void {
    queueMicrotask(() => writeLine(this.#parts.logger, { level, message, fields }))
  }
}
