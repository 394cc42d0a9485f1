import { CodeLine } from './code/code-line.ts'
import type { VersionState } from './code/code-line.ts'
import { Hosting } from './code/hosting.ts'
import type { Isolates } from './code/hosting.ts'
import type { Loader } from './code/loader.ts'
import type { Source } from './code/source.ts'
import type { Version } from './code/version.ts'
import { withDeadline } from './deadline.ts'
import type { Isolate } from './isolates/isolate.ts'
import type { Process } from './processes/process.ts'
import { stopProcess } from './processes/stop.ts'
import type { StopOptions } from './processes/stop.ts'
import type { IsolateMemory } from './protocol/control.ts'
import { MoultError } from './protocol/errors.ts'
import type { DynamicImport, ImagePackage, ImageSource } from './protocol/image.ts'
import type { VersionName } from './upgrade/report.ts'

/** One version of a code, as `code.versions()` tells it. */
export interface VersionInfo extends VersionName {
  readonly state: VersionState
  readonly loadedAt: Date
  /** Absolute path of the file it was made of. */
  readonly file: string
  /** Size of its code in bytes. */
  readonly imageBytes: number
  /** Each file it was made of, with its hash, and the npm packages among them. */
  readonly sources: readonly ImageSource[]
  readonly packages: readonly ImagePackage[]
  /** Where its sources load what is known only when they run: that is no part of the image, and is read from the disk as it is then. */
  readonly dynamicImports: readonly DynamicImport[]
  /** Names of the processes that run it. */
  readonly processes: readonly string[]
  readonly isolates: readonly IsolateInfo[]
}

/** One isolate that has loaded a version. */
export interface IsolateInfo {
  readonly threadId: number
  /** Memory of its heap, in bytes; undefined when it was too busy to say within a second. */
  readonly memory: IsolateMemory | undefined
}

const MEMORY_TIMEOUT_MS = 1000

/** Knows the versions of codes: loads, lists and purges them. Named after Erlang's. */
export class CodeServer {
  readonly #loader: Loader
  readonly #exitGraceMs: number
  /** By entry and hash of their first version: the same bytes of the same file are the same code. */
  readonly #byFirst = new Map<string, CodeLine>()
  readonly #lines = new Set<CodeLine>()

  constructor(loader: Loader, exitGraceMs: number) {
    this.#loader = loader
    this.#exitGraceMs = exitGraceMs
  }

  /** The line that began with a version; a new one, under the name, where there is none. */
  lineOf(
    version: Version,
    { name, external, isolates }: { name: string; external: readonly string[]; isolates: Isolates },
  ): CodeLine {
    const key = `${version.image.entry} ${version.image.hash}`
    const known = this.#byFirst.get(key)
    const holder = known?.find(version.contract.version)
    // Its first version may have been purged since, and the label given to other bytes.
    if (known !== undefined && (holder ?? version).image.hash === version.image.hash) {
      if (holder === undefined) known.claim(version)
      return known
    }
    const line = new CodeLine(name, version, external, new Hosting(this.#loader, isolates))
    this.#byFirst.set(key, line)
    this.#lines.add(line)
    return line
  }

  /** Adds a version to a line. Nothing moves. */
  async load(line: CodeLine, source: Source): Promise<Version> {
    const { version, isolate } = await this.#loader.load(source, line.external)
    const own = line.own(version)
    try {
      line.claim(own)
    } catch (error) {
      await isolate?.leave(this.#exitGraceMs)
      throw error
    }
    if (own.image.url !== version.image.url) await isolate?.leave(this.#exitGraceMs)
    else if (isolate !== undefined) this.#loader.keep(own, isolate)
    return own
  }

  /** Lets the images go that no line has. Only while nothing is under way. */
  sweep(): void {
    const versions = [...this.#lines].flatMap((line) => line.versions)
    const used = new Set(versions.map(({ image }) => image.url))
    this.#loader.sweep(({ url }) => used.has(url))
  }

  list(line: CodeLine): Promise<VersionInfo[]> {
    return Promise.all(line.versions.map((version) => this.#info(line, version)))
  }

  /** Erlang's `code:soft_purge`. @throws MoultError `UNKNOWN_VERSION`, `VERSION_IN_USE` */
  async softPurge(line: CodeLine, label: string): Promise<void> {
    const version = this.#purgeable(line, label)
    const users = line.usersOf(version)
    if (users.length > 0) throw inUse(line, version, users.map((each) => each.label).join(', '))
    await this.#forget(line, version)
  }

  /** Erlang's `code:purge`: its users are stopped. @throws MoultError `UNKNOWN_VERSION`, `VERSION_IN_USE` */
  async purge(line: CodeLine, label: string, options: StopOptions): Promise<void> {
    const version = this.#purgeable(line, label)
    const stopping = line
      .usersOf(version)
      .map((process) => stopProcess(process, options, this.#exitGraceMs))
    await Promise.all(stopping)
    await this.#forget(line, version)
  }

  #purgeable(line: CodeLine, label: string): Version {
    const version = line.get(label)
    if (version !== line.current) return version
    throw inUse(line, version, 'new processes, for it is current')
  }

  async #forget(line: CodeLine, version: Version): Promise<void> {
    line.forget(version)
    await this.#loader.discard(version)
  }

  async #info(line: CodeLine, version: Version): Promise<VersionInfo> {
    const { contract, image, loadedAt } = version
    const users = line.usersOf(version)
    return {
      version: contract.version,
      hash: image.hash,
      state: line.stateOf(version),
      loadedAt,
      file: image.entry,
      imageBytes: image.manifest.bytes,
      sources: image.manifest.sources,
      packages: image.manifest.packages,
      dynamicImports: image.manifest.dynamicImports,
      processes: users.map(({ label }) => label),
      isolates: await Promise.all(this.#isolatesOf(users, version).map(isolateInfo)),
    }
  }

  #isolatesOf(users: readonly Process[], version: Version): Isolate[] {
    const kept = this.#loader.kept(version)
    const theirs = users.flatMap(({ tenancy }) => tenancy?.isolate ?? [])
    const all = new Set([...theirs, ...(kept === undefined ? [] : [kept])])
    return [...all].filter(({ state }) => state !== 'exited')
  }
}

async function isolateInfo(isolate: Isolate): Promise<IsolateInfo> {
  const { threadId } = isolate
  const late = (): Error => new Error('late')
  const memory = await withDeadline(isolate.memory(), MEMORY_TIMEOUT_MS, late).catch(
    () => undefined,
  )
  return { threadId, memory }
}

function inUse(line: CodeLine, { contract }: Version, users: string): MoultError {
  const message = `${line.name}: ${contract.version} is in use by ${users}`
  return new MoultError('VERSION_IN_USE', message, {
    codeName: line.name,
    version: contract.version,
    expected: 'a version that nothing uses',
    received: users,
  })
}
