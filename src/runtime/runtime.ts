import { CodeServer } from '../code/code-server.ts'
import { Code } from './code.ts'
import type { CodeParts } from './code.ts'
import { Bundler } from '../versions/bundler.ts'
import type { GivenJobs, Types } from '../code/given-jobs.ts'
import { ImageStore } from '../versions/image-store.ts'
import type { CodeLine } from '../code/code-line.ts'
import { Loader } from '../versions/loader.ts'
import type { Source } from '../versions/source.ts'
import { TypeChecker } from '../checks/type-checker.ts'
import { IsolatePool } from '../isolates/isolate-pool.ts'
import { consoleLogger, writeLine } from './logger.ts'
import { loadSchema, runtimeSchema, stopSchema } from '../options/options.ts'
import { parseOptions } from '../options/parse-options.ts'
import { declaredBy } from '../options/declared-by.ts'
import { ownFields } from '../options/own-fields.ts'
import { refuseExtraArguments, rejectExtraArguments } from '../options/strict-methods.ts'
import type { LoadOptions } from './load-options.ts'
import { checkOutside, checkPlatform } from './platform.ts'
import { isolateEvents } from './isolate-events.ts'
import { openTelemetry } from './open-telemetry.ts'
import { Population } from './population.ts'
import type { ProcessRef } from './process-ref.ts'
import { Diagnosis } from '../processes/activity/diagnosis.ts'
import { OpenCalls } from '../processes/open-calls.ts'
import type { StopOptions } from '../processes/stop.ts'
import type { AnyDefinition } from '../protocol/definition/definition.ts'
import type { TraceSource } from '../protocol/definition/trace.ts'
import { extraArguments } from '../protocol/extra-arguments.ts'
import { noName } from '../protocol/no-name.ts'
import { keepErrorsWhole } from '../protocol/wire/remote-errors.ts'
import { isInBundle } from '../protocol/wire/thread-task.ts'
import { RuntimeEmitter } from './runtime-emitter.ts'
import type { RuntimeOptions } from './runtime-options.ts'
import type { SuperviseOptions } from './supervise-options.ts'
import type { SupervisorRef } from './supervisor-ref.ts'
import { Supervisors } from './supervisors.ts'
import { TypeProof } from '../upgrade/prepare/type-proof.ts'
import { Upgrader } from '../upgrade/upgrader.ts'
import { UnderWay } from '../timing/under-way.ts'
import { Upgrades } from './upgrades.ts'
import type { Watch, WatchOptions } from './watch.ts'
import { Watches } from './watches.ts'

/** How a runtime is closed. */
export interface CloseOptions {
  /** Whether processes handle what they had accepted. Default true; else only the running handlers finish. */
  readonly drain?: boolean
  /**
   * How long (ms) that may take; what is left then fails. Default 10,000. Threads that do not leave by themselves take
   * `exitGraceMs` more.
   */
  readonly timeoutMs?: number
}

/** Everything one {@link createRuntime} made: codes, processes, isolates. Emits {@link RuntimeEvents}. */
export class Runtime extends RuntimeEmitter implements AsyncDisposable {
  readonly #bundler: Bundler
  readonly #typeChecker: Types
  readonly #pool: IsolatePool
  readonly #loader: Loader
  readonly #upgrader: Upgrader
  readonly #underWay: UnderWay
  readonly #parts: CodeParts
  readonly #supervisors: Supervisors
  readonly #codes = new Map<CodeLine, Code<AnyDefinition>>()
  #closed: Promise<void> | undefined

  /** @internal */
  constructor(options: RuntimeOptions, jobs: GivenJobs = {}, traceOf?: TraceSource) {
    super()
    const settings = parseOptions('createRuntime', runtimeSchema, options)
    const { exitGraceMs, loadTimeoutMs, initTimeoutMs } = settings
    const { resourceLimits, services = {}, logger = consoleLogger, faultPoint } = ownFields(options)
    const declared = declaredBy(ownFields(options))
    const store = new ImageStore(settings.store?.directory)
    this.#bundler = new Bundler(store, loadTimeoutMs, jobs.bundling, settings.tempFolder)
    this.#typeChecker = jobs.types ?? new TypeChecker()
    const isolates = { ...settings, startTimeoutMs: loadTimeoutMs, resourceLimits }
    this.#pool = new IsolatePool(isolates, services, {
      declared,
      onLog: (line) => queueMicrotask(() => writeLine(logger, line)),
      onUnhandled: (unhandled) => population.onUnhandled(unhandled),
      ...isolateEvents(this),
    })
    this.#loader = new Loader(this.#bundler, this.#pool, loadTimeoutMs, (message, fields) => {
      queueMicrotask(() => logger.warn(message, fields))
    })
    const openCalls = new OpenCalls()
    this.#upgrader = new Upgrader({
      loader: this.#loader,
      pool: this.#pool,
      openCalls,
      typeProof: new TypeProof(this.#bundler, this.#typeChecker),
      exitGraceMs,
      faultPoint,
    })
    // Only then there is no image in use that no line has yet.
    this.#underWay = new UnderWay(() => codeServer.sweep())
    const shared = {
      loader: this.#loader,
      pool: this.#pool,
      underWay: this.#underWay,
      events: this,
      logger,
      exitGraceMs,
      traceOf,
      declared,
      probation: settings.probation,
      diagnosis: new Diagnosis(openCalls, this.#bundler),
    }
    const codeServer = new CodeServer(shared)
    const refOf = ({ id }: { readonly id: string }): unknown => population.find(id)
    const upgrades = new Upgrades({ ...shared, upgrader: this.#upgrader, refOf })
    const watches = new Watches({ ...shared, codeServer, upgrades })
    const population = new Population({ ...shared, codeServer, upgrades, openCalls, initTimeoutMs })
    this.#parts = { codeServer, upgrades, watches, population }
    this.#supervisors = new Supervisors(population, this.#underWay)
    this.#pool.refill()
  }

  /**
   * Loads a program: bundles the file with all it imports, in the background, and imports the image in an isolate.
   * The same file is the same code, unless another `name` is given. From then on the file may change or go: the version
   * does not. Without its type (`load<typeof counter>(file)`) nothing is known of its arguments and payloads, and they
   * are `never`.
   *
   * Rejects with `FILE_NOT_FOUND`, `UNRESOLVED_IMPORT`, `SYNTAX_ERROR`, `NOT_A_DEFINITION`, `LOAD_FAILED` (each with
   * file, line and column where there is one), `LOAD_TIMEOUT`, `PERMISSION_UNSUPPORTED`, `IMAGE_NOT_FOUND`, `IMAGE_CORRUPT`, `INVALID_OPTION`,
   * `RUNTIME_CLOSED`, and `VERSION_CONFLICT` when the file was edited under the same label: it takes a label of its
   * own, and `code.upgrade`.
   */
  async load<D extends AnyDefinition>(source: Source, options?: LoadOptions): Promise<Code<D>> {
    const { permissions, ...parsed } = parseOptions('load', loadSchema, options)
    const { name, external, isolates } = parsed
    const resourceLimits = options && ownFields(options).resourceLimits
    const limits = resourceLimits && { ...resourceLimits }
    const asked = { name, external, isolates, resourceLimits: limits, permissions }
    const line = await this.#parts.codeServer.open(source, asked)
    return (this.#codes.get(line) ?? this.#begin(line)) as unknown as Code<D>
  }

  #begin(line: CodeLine): Code<AnyDefinition> {
    const code = new Code<AnyDefinition>(line, this.#parts)
    this.#codes.set(line, code)
    line.onUnload.add(() => this.#codes.delete(line))
    return code
  }

  /**
   * The process with this name, or else with this id, if it exists. Type it by its definition:
   * `whereis<typeof counter>('counter')`.
   * @throws MoultError `INVALID_OPTION`
   */
  whereis<D extends AnyDefinition = AnyDefinition>(nameOrId: string): ProcessRef<D> | undefined {
    if (typeof nameOrId !== 'string') throw noName('whereis', 'nameOrId', nameOrId)
    return this.#parts.population.find(nameOrId) as ProcessRef<D> | undefined
  }

  /** All processes. */
  processes(): ProcessRef<AnyDefinition>[] {
    return this.#parts.population.all()
  }

  /**
   * Starts processes of several codes in order, under one supervisor, as OTP's: it makes good their deaths by its
   * strategy, and stops them in reverse order. Where one cannot be started, those before it are stopped.
   * Rejects with `INVALID_OPTION`, and as `code.spawn` does.
   */
  supervise<const Definitions extends readonly AnyDefinition[]>(
    options: SuperviseOptions<Definitions>,
  ): Promise<SupervisorRef<Definitions>> {
    return this.#supervisors.start(options)
  }

  /**
   * Watches the sources of all codes that are loaded now. See `code.watch`.
   * @throws MoultError `INVALID_OPTION`, `RUNTIME_CLOSED`
   */
  watch(options?: WatchOptions): Watch {
    return this.#parts.watches.open([...this.#codes.keys()], options)
  }

  /** How many threads are alive, warm spares included. */
  get isolates(): number {
    return this.#pool.size
  }

  /**
   * Ends everything: upgrades that have not resumed yet are given up, processes handle what they had accepted,
   * all threads exit. Calling it again returns the same promise. Rejects with `INVALID_OPTION`.
   */
  close(options?: CloseOptions): Promise<void> {
    let settings: StopOptions
    try {
      settings = parseOptions('close', stopSchema, options)
    } catch (error) {
      return Promise.reject(error)
    }
    this.#closed ??= this.#close(settings)
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(settings: StopOptions): Promise<void> {
    const endsAt = performance.now() + settings.timeoutMs
    const leftMs = (): number => Math.max(0, endsAt - performance.now())
    this.#underWay.refuse()
    const unwatched = this.#parts.watches.close()
    // What waits for a disk may wait for ever.
    this.#bundler.abandon()
    // What is under way may hold processes that have to be stopped.
    await this.#upgrader.close(leftMs())
    await this.#underWay.end(leftMs(), unwatched)
    await this.#supervisors.close({ ...settings, timeoutMs: leftMs() })
    await this.#parts.population.stopAll({ ...settings, timeoutMs: leftMs() })
    await Promise.all([this.#pool.close(), this.#bundler.close(), this.#typeChecker.close()])
  }
}

rejectExtraArguments(Runtime.prototype, {
  load: ['source', 'options'],
  supervise: ['options'],
  close: ['options'],
})
refuseExtraArguments(Runtime.prototype, {
  whereis: ['nameOrId'],
  processes: [],
  watch: ['options'],
})

/**
 * Makes a runtime. It keeps the Node process alive until it is closed.
 * @throws MoultError `INVALID_OPTION`, `UNSUPPORTED_PLATFORM`, `OPEN_TELEMETRY_MISSING`
 */
export async function createRuntime(options?: RuntimeOptions): Promise<Runtime>
export async function createRuntime(...given: [options?: RuntimeOptions]): Promise<Runtime> {
  checkPlatform(process.versions)
  checkOutside(isInBundle)
  const { length }: readonly unknown[] = given
  if (length > 1) throw extraArguments('createRuntime', ['options'], length)
  const [options = {}] = given
  const { tracing } = parseOptions('createRuntime', runtimeSchema, options)
  const traceOf = tracing ? await openTelemetry() : undefined
  keepErrorsWhole()
  return new Runtime(options, {}, traceOf)
}

/**
 * A runtime with threads that others use too: what is tested a hundred times need not start them a hundred times.
 * @internal
 */
export function runtimeWith(options: RuntimeOptions, jobs: GivenJobs): Runtime {
  keepErrorsWhole()
  return new Runtime(options, jobs)
}
