import type { Source } from '../versions/source.ts'
import type { CodeServer } from '../code/code-server.ts'
import type { ProcessRef, StopProcessOptions } from './process-ref.ts'
import type { CodeLine } from '../code/code-line.ts'
import type { EventListener } from '../processes/event-listeners.ts'
import type { AnyDefinition, ArgsOf, EventsOf } from '../protocol/definition/definition.ts'
import type {
  DowngradeOptions,
  LoadedOptions,
  RollBackOptions,
  UpgradeOptions,
} from '../upgrade/plan/options.ts'
import type { UpgradeReport } from '../upgrade/report/report.ts'
import type { VersionName } from '../versions/version-name.ts'
import type { Population } from './population.ts'
import type { ProcessGroup } from './process-group.ts'
import { spawnMany } from './spawn-many.ts'
import type { SpawnManyParameters } from './spawn-many.ts'
import type { SpawnOptions } from './spawn-options.ts'
import type { VersionInfo } from '../code/version-info.ts'
import { furtherLoadSchema, stopSchema } from '../options/options.ts'
import { parseOptions } from '../options/parse-options.ts'
import { refuseExtraArguments, rejectExtraArguments } from '../options/strict-methods.ts'
import { checkEvent, checkListener } from './listening.ts'
import type { AskedMove, Upgrades } from './upgrades.ts'
import type { Watch, WatchOptions } from './watch.ts'
import type { Watches } from './watches.ts'

/** `spawn`'s parameters: `args` may be left out only where `init` takes nothing. */
export type SpawnParameters<D extends AnyDefinition> =
  undefined extends ArgsOf<D>
    ? [options?: SpawnOptions<ArgsOf<D>>]
    : [options: SpawnOptions<ArgsOf<D>> & { readonly args: ArgsOf<D> }]

/** The parts that all codes of a runtime share. */
export interface CodeParts {
  readonly codeServer: CodeServer
  readonly upgrades: Upgrades
  readonly watches: Watches
  readonly population: Population
}

/** The line of versions of one program. Made by `runtime.load`. */
export class Code<D extends AnyDefinition> {
  readonly #line: CodeLine
  readonly #parts: CodeParts
  #unloaded: Promise<void> | undefined

  /** @internal */
  constructor(line: CodeLine, parts: CodeParts) {
    this.#line = line
    this.#parts = parts
  }

  /**
   * The line of a code of these processes. Undefined for what is none.
   * @internal
   */
  static lineOf(value: unknown, population: Population): CodeLine | undefined {
    const isCode = typeof value === 'object' && value !== null && #parts in value
    return isCode && value.#parts.population === population ? value.#line : undefined
  }

  get name(): string {
    return this.#line.name
  }

  /** The version that new processes get. */
  get version(): VersionName {
    const { contract, image } = this.#line.current
    return { version: contract.version, hash: image.hash }
  }

  /** The processes that run any version of this code. */
  get processes(): ProcessRef<D>[] {
    return this.#parts.population.refs(this.#line) as unknown as ProcessRef<D>[]
  }

  /**
   * Makes a process of the current version: a thread, then `init`.
   * Rejects with `NAME_TAKEN`, `INIT_FAILED`, `UNCLONEABLE_ARGUMENT`, `UNCLONEABLE_STATE`, `ISOLATE_LIMIT`,
   * `UNKNOWN_VERSION`, `INVALID_OPTION`, `RUNTIME_CLOSED`.
   */
  async spawn(...[options]: SpawnParameters<D>): Promise<ProcessRef<D>> {
    const ref = await this.#parts.population.spawn(this.#line, options)
    return ref as unknown as ProcessRef<D>
  }

  /**
   * Makes a group of processes that starts and stops as one: all, or none. Where one cannot be made, the others are
   * stopped. Rejects with the error of that one, as {@link spawn}.
   */
  async spawnMany(...[count, options]: SpawnManyParameters<D>): Promise<ProcessGroup<D>> {
    const group = await spawnMany(this.#parts.population, this.#line, count, options)
    return group as unknown as ProcessGroup<D>
  }

  /**
   * Moves the processes of this code to a newer version, given by its file or its label: all that are not pinned, or
   * those that `only` chooses. In mode `'atomic'` either all of them are moved, or none; in mode `'rolling'` those
   * stay moved that had been when it fails. Everything that can fail is tried before a process is suspended, and a
   * failure before the new version serves leaves the old one as it was.
   *
   * Rejects with a MoultError whose `phase` says how far it came: any error of loading, `IDENTICAL_VERSION`,
   * `UNKNOWN_VERSION`, `UNKNOWN_PROCESS`, `VERSION_CONFLICT`, `PERMISSIONS_WIDER`, `NO_MIGRATION`, `CALLS_REMOVED`, `CODE_CHANGE_FAILED`,
   * `CODE_CHANGE_TIMEOUT`, `UNCLONEABLE_STATE`, `INVALID_STATE`, `MAILBOX_REFUSED`, `SUSPEND_TIMEOUT`, `PROCESS_BUSY`,
   * `ISOLATE_EXITED`, `ISOLATE_LIMIT`, `UPGRADE_IN_PROGRESS`, `UPGRADE_ABORTED`, `RUNTIME_CLOSED`.
   *
   * The phases follow Erlang/OTP's release handler (suspend, load, code_change, resume, purge).
   */
  async upgrade<Next extends AnyDefinition = D>(
    source: Source,
    options?: UpgradeOptions,
  ): Promise<Upgraded<Next>> {
    const asked: AskedMove = { direction: 'upgrade', source, options }
    return this.#upgraded(await this.#parts.upgrades.ofCode(this.#line, asked))
  }

  /**
   * Moves all processes back to an older version, by the running version's `downgrade`. Otherwise like {@link upgrade};
   * also `DOWNGRADE_FAILED`.
   */
  async downgrade<Older extends AnyDefinition = D>(
    source: Source,
    options?: DowngradeOptions,
  ): Promise<Upgraded<Older>> {
    const asked: AskedMove = { direction: 'downgrade', source, options }
    return this.#upgraded(await this.#parts.upgrades.ofCode(this.#line, asked))
  }

  /**
   * Back to the version that was current before, by `downgrade`. Otherwise like {@link downgrade}; also
   * `NO_PREVIOUS_VERSION`. Called again, it goes one further back. After an upgrade of the whole code has stopped
   * half-way, it takes the moved processes back to the current version.
   */
  async rollBack<Older extends AnyDefinition = D>(
    options?: RollBackOptions,
  ): Promise<Upgraded<Older>> {
    return this.#upgraded(await this.#parts.upgrades.rollBack(this.#line, options))
  }

  /**
   * Loads a further version of this code and moves nothing. From now on its label names it.
   * Rejects as `runtime.load` does, and with `VERSION_CONFLICT`.
   */
  async load(source: Source, options?: LoadedOptions): Promise<VersionName> {
    const { permissions } = parseOptions('load', furtherLoadSchema, options)
    return this.#parts.codeServer.load(this.#line, source, permissions)
  }

  /**
   * Listens to an event of all processes of this code, those that are spawned later included. The listener is told the
   * data and the identity of the process. What it throws is an uncaught exception, as with any emitter.
   * @throws MoultError `UNKNOWN_EVENT` where no loaded version of the code emits it, `CODE_UNLOADED`, `INVALID_OPTION`
   */
  on<Name extends keyof EventsOf<D> & string>(
    name: Name,
    listener: EventListener<EventsOf<D>[Name]>,
  ): this {
    this.#checkListening('on', name, listener)
    this.#line.events.on(name, listener as EventListener)
    return this
  }

  /** The same for the next such event only. */
  once<Name extends keyof EventsOf<D> & string>(
    name: Name,
    listener: EventListener<EventsOf<D>[Name]>,
  ): this {
    this.#checkListening('once', name, listener)
    this.#line.events.once(name, listener as EventListener)
    return this
  }

  /** Takes a listener away. Where there is no such listener, it does nothing. */
  off<Name extends keyof EventsOf<D> & string>(
    name: Name,
    listener: EventListener<EventsOf<D>[Name]>,
  ): this {
    checkListener('off', listener)
    this.#line.events.off(name, listener as EventListener)
    return this
  }

  /** All versions that have been loaded and not purged, the oldest first. */
  versions(): Promise<VersionInfo[]> {
    return this.#parts.codeServer.list(this.#line)
  }

  /**
   * Upgrades all processes whenever a source of the current version is saved. For development.
   *
   * - An edit needs no label of its own; it gets one like `1.0.0+3f2a9c1b`.
   * - Under the same declared version the state is taken over unchanged.
   * - A save that cannot be upgraded to is an event, and the running version goes on.
   *
   * @throws MoultError `INVALID_OPTION`, `RUNTIME_CLOSED`
   */
  watch(options?: WatchOptions): Watch {
    return this.#parts.watches.open([this.#line], options)
  }

  /**
   * Unloads a version that no process runs (Erlang's `code:soft_purge`): its label and the memory of its image are
   * free.
   * Rejects with `VERSION_IN_USE`, naming the processes that use it, and `UNKNOWN_VERSION`.
   */
  softPurge(version: string): Promise<void> {
    return this.#parts.codeServer.softPurge(this.#line, version)
  }

  /**
   * Stops the processes that run a version and unloads it (Erlang's `code:purge`). An image in a store's folder stays
   * there.
   * Rejects with `VERSION_IN_USE` for the current version, and `UNKNOWN_VERSION`.
   */
  purge(version: string, options?: StopProcessOptions): Promise<void> {
    return this.#parts.codeServer.purge(this.#line, version, options)
  }

  /**
   * Ends this code as a whole: its processes handle what they had accepted and stop, its threads exit, its versions and
   * their memory are free, and watches of it close. Its name and its file may be loaded anew, as another code.
   * What is asked of this one from then on is `CODE_UNLOADED`; a further `unload` is the same one.
   *
   * Rejects with `INVALID_OPTION`, and with `UPGRADE_IN_PROGRESS` while the whole code is upgraded or purged: then
   * nothing has changed. Waits for spawns and upgrades of single processes.
   */
  async unload(options?: StopProcessOptions): Promise<void> {
    // Those of a further one have no effect, and are looked at all the same.
    const settings = parseOptions('unload', stopSchema, options)
    this.#unloaded ??= this.#parts.codeServer
      .unload(this.#line, settings)
      .catch((error: unknown) => {
        this.#unloaded = undefined
        throw error
      })
    await this.#unloaded
  }

  #checkListening(where: string, name: unknown, listener: unknown): void {
    checkListener(where, listener)
    this.#line.checkLoaded()
    checkEvent(where, name, this.#line)
  }

  /** `code` is not enumerable, so that a report prints and serialises as data. */
  #upgraded<Next extends AnyDefinition>(report: UpgradeReport): Upgraded<Next> {
    const code = this as unknown as Code<Next>
    return Object.defineProperty({ ...report }, 'code', { value: code }) as Upgraded<Next>
  }
}

rejectExtraArguments(Code.prototype, {
  spawn: ['options'],
  spawnMany: ['count', 'options'],
  upgrade: ['source', 'options'],
  downgrade: ['source', 'options'],
  rollBack: ['options'],
  load: ['source', 'options'],
  versions: [],
  softPurge: ['version'],
  purge: ['version', 'options'],
  unload: ['options'],
})
refuseExtraArguments(Code.prototype, {
  watch: ['options'],
  on: ['name', 'listener'],
  once: ['name', 'listener'],
  off: ['name', 'listener'],
})

/** The report of an upgrade, and the code typed by the definition that runs now. */
export type Upgraded<Next extends AnyDefinition> = UpgradeReport & { readonly code: Code<Next> }
