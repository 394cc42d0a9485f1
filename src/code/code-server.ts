import path from 'node:path'
import { hostedOtherwise, isAsked } from './asked-line.ts'
import type { AskedLine } from './asked-line.ts'
import { CodeLine } from './code-line.ts'
import { Placement } from '../versions/placement.ts'
import type { Image } from '../versions/image.ts'
import type { Loaded, Loader } from '../versions/loader.ts'
import type { Source } from '../versions/source.ts'
import type { Version } from '../versions/version.ts'
import type { IsolatePool } from '../isolates/isolate-pool.ts'
import type { PermissionSet } from '../options/permissions.ts'
import { stopSchema } from '../options/options.ts'
import { parseOptions } from '../options/parse-options.ts'
import { stopProcess, stopBatch } from '../processes/stop.ts'
import type { StopOptions } from '../processes/stop.ts'
import { MoultError } from '../protocol/errors.ts'
import type { UnderWay } from '../timing/under-way.ts'
import type { VersionName } from '../versions/version-name.ts'
import { checkPermissions, haveSameThreads, settingsOfFurther } from './load-settings.ts'
import { infoOf } from './version-info.ts'
import type { VersionInfo } from './version-info.ts'

/** The parts of a code server. */
export interface CodeServerParts {
  readonly loader: Loader
  readonly pool: IsolatePool
  readonly underWay: UnderWay
  /** How long (ms) an isolate that was asked to leave may take before it is ended. */
  readonly exitGraceMs: number
}

/** Knows the versions of codes: loads, lists and purges them. Named after Erlang's. */
export class CodeServer {
  readonly #parts: CodeServerParts
  readonly #loader: Loader
  readonly #exitGraceMs: number
  /** Each line with its first image: the same file is the same code. */
  readonly #lines = new Map<CodeLine, Image>()

  constructor(parts: CodeServerParts) {
    this.#parts = parts
    this.#loader = parts.loader
    this.#exitGraceMs = parts.exitGraceMs
  }

  /**
   * The line that began with a file, or a new one. A given name, `external` or placement has to be that of the line.
   * @throws MoultError as loading does, `VERSION_CONFLICT` where that line has other bytes under the version's label, and
   * `INVALID_OPTION` where it is hosted otherwise.
   */
  open(source: Source, asked: AskedLine): Promise<CodeLine> {
    return this.#whileOpen(() => this.#open(source, asked))
  }

  async #open(source: Source, asked: AskedLine): Promise<CodeLine> {
    const inherited = (image: Image): PermissionSet | undefined => this.#permissionsOf(image, asked)
    const loaded = await this.#loader.load(source, { ...asked, inherited })
    const { version } = loaded
    const line = this.#find(version, asked)
    if (line !== undefined) await this.#claim(line, loaded, asked.permissions)
    else await this.#keepNew(loaded, asked)
    return line ?? this.#begin(version, asked)
  }

  /** @throws MoultError `INVALID_OPTION` where only the placement is not that of the line that there is. */
  async #keepNew({ version, isolate }: Loaded, asked: AskedLine): Promise<void> {
    const anyPlace = { isolates: undefined, resourceLimits: undefined, permissions: undefined }
    const other = this.#find(version, { ...asked, ...anyPlace })
    if (other === undefined) {
      if (isolate !== undefined) this.#loader.keep(version, isolate)
      return
    }
    await isolate?.leave(this.#exitGraceMs)
    throw hostedOtherwise(other, asked)
  }

  /** What the file of an image may do already: where that is not said, it is not to run with more. */
  #permissionsOf({ entry }: Image, asked: AskedLine): PermissionSet | undefined {
    const lines = [...this.#lines].filter(
      ([line, image]) => image.entry === entry && isAsked(line, asked),
    )
    return lines[0]?.[0].current.permissions
  }

  /** A line that has a version of this image. */
  lineOf(url: string): CodeLine | undefined {
    const has = ({ versions }: CodeLine): boolean => versions.some(({ image }) => image.url === url)
    return [...this.#lines.keys()].find(has)
  }

  /** Adds a version to a line. Nothing moves. @throws MoultError what loading throws, and `VERSION_CONFLICT` */
  async load(
    line: CodeLine,
    source: Source,
    permissions: PermissionSet | undefined,
  ): Promise<VersionName> {
    const load = async (): Promise<Version> => {
      const loaded = await this.#loader.load(source, settingsOfFurther(line, permissions))
      return this.#claim(line, loaded, permissions)
    }
    const { contract, image } = await this.#whileOpen(() => line.shared(load))
    return { version: contract.version, hash: image.hash }
  }

  /** Runs a load, and refills the spare isolates behind it. */
  #whileOpen<Result>(load: () => Promise<Result>): Promise<Result> {
    const { underWay, pool } = this.#parts
    return underWay.whileOpen(load).finally(() => pool.refillLater())
  }

  /** Among the lines of the same file: the one that has the version, began with it, or uses its label. */
  #find({ image, contract, declared }: Version, asked: AskedLine): CodeLine | undefined {
    const lines = [...this.#lines].filter(([line, { entry }]) => {
      return entry === image.entry && isAsked(line, asked)
    })
    const isHeld = ([{ versions }]: (typeof lines)[number]): boolean =>
      versions.some((each) => each.image.hash === image.hash && each.declared === declared)
    const began = lines.find(([, { hash }]) => hash === image.hash)
    // These bytes differ without an edit: `external` was not given this time.
    const alike = lines.filter(([line]) =>
      isAsked(line, { ...asked, external: asked.external ?? [] }),
    )
    const [found] =
      lines.find(isHeld) ?? began ?? alike.find(([line]) => line.find(contract.version)) ?? []
    return found
  }

  #begin(version: Version, { name, external = [], isolates = 'per-process' }: AskedLine): CodeLine {
    const { image } = version
    if (name !== undefined) this.#checkFree(name, image)
    const ownName = name ?? path.parse(image.entry).name
    const placement = new Placement(this.#loader, isolates)
    const line = new CodeLine(ownName, version, external, placement)
    this.#lines.set(line, image)
    return line
  }

  /** A name that is given means one code. @throws MoultError `NAME_TAKEN` */
  #checkFree(name: string, { entry }: Image): void {
    const taken = [...this.#lines].find(([line]) => line.name === name)
    if (taken === undefined) return
    const [{ external, placement }, other] = taken
    const differs = other.entry === entry ? 'with other options' : `of ${other.entry}`
    const message = `there is a code ${name} already, ${differs}: load a version of it with code.load, or give another name`
    const received = `external: [${external.join(', ')}], isolates: ${placement.isolates}`
    throw new MoultError('NAME_TAKEN', message, {
      codeName: name,
      file: entry,
      expected: 'a name that no other code has',
      received: other.entry === entry ? `${name}, ${received}` : name,
    })
  }

  async #claim(
    line: CodeLine,
    { version, isolate }: Loaded,
    permissions: PermissionSet | undefined,
  ): Promise<Version> {
    const own = line.own(version)
    try {
      checkPermissions(own, permissions)
      line.claim(own)
    } catch (error) {
      await isolate?.leave(this.#exitGraceMs)
      throw error
    }
    if (!haveSameThreads(own, version)) await isolate?.leave(this.#exitGraceMs)
    else if (isolate !== undefined) this.#loader.keep(own, isolate)
    return own
  }

  /** Releases images that no line has. To be called only while nothing is under way. */
  sweep(): void {
    const used = new Set<string>()
    for (const { versions } of this.#lines.keys()) {
      for (const { image } of versions) used.add(image.url)
    }
    this.#loader.sweep(used)
  }

  list(line: CodeLine): Promise<VersionInfo[]> {
    return Promise.all(
      line.versions.map((version) => infoOf(line, version, this.#loader.kept(version))),
    )
  }

  /** Erlang's `code:soft_purge`. @throws MoultError `UNKNOWN_VERSION`, `VERSION_IN_USE` */
  softPurge(line: CodeLine, label: string): Promise<void> {
    const purge = (): Promise<void> => this.#softPurge(line, label)
    return this.#parts.underWay.whileOpen(() => line.exclusive(purge))
  }

  /** The same for a version that a watch has made. Other work on the code waits meanwhile. */
  dropEdit(line: CodeLine, label: string): Promise<void> {
    const purge = (): Promise<void> => this.#softPurge(line, label)
    return this.#parts.underWay.whileOpen(() => line.background(purge))
  }

  async #softPurge(line: CodeLine, label: string): Promise<void> {
    const version = this.#purgeable(line, label)
    const users = line.usersOf(version)
    if (users.length > 0) throw inUse(line, version, users.map((each) => each.label).join(', '))
    await this.#forget(line, version)
  }

  /**
   * Erlang's `code:purge`: stops the processes that run the version.
   * @throws MoultError `UNKNOWN_VERSION`, `VERSION_IN_USE`
   */
  async purge(
    line: CodeLine,
    label: string,
    options: Partial<StopOptions> | undefined,
  ): Promise<void> {
    const settings = parseOptions('purge', stopSchema, options)
    const purge = (): Promise<void> => this.#purge(line, label, settings)
    await this.#parts.underWay.whileOpen(() => line.exclusive(purge))
  }

  async #purge(line: CodeLine, label: string, options: StopOptions): Promise<void> {
    const version = this.#purgeable(line, label)
    const stopping = line
      .usersOf(version)
      .map((process) => stopProcess(process, options, this.#exitGraceMs, 'shutdown'))
    await Promise.all(stopping)
    await this.#forget(line, version)
  }

  #purgeable(line: CodeLine, label: string): Version {
    const version = line.get(label)
    if (version !== line.current) return version
    throw inUse(line, version, 'new processes, for it is current')
  }

  /**
   * Ends a code: its processes, versions and isolates. Its file and its name may be loaded anew as soon as it begins.
   * @throws MoultError `INVALID_OPTION`, `UPGRADE_IN_PROGRESS`
   */
  async unload(line: CodeLine, settings: StopOptions): Promise<void> {
    const unload = (): Promise<void> => this.#unload(line, settings)
    await this.#parts.underWay.whileOpen(() => line.exclusive(unload))
  }

  async #unload(line: CodeLine, options: StopOptions): Promise<void> {
    this.#lines.delete(line)
    await stopBatch([...line.processes], options, this.#exitGraceMs)
    const others = [...this.#lines.keys()].flatMap(({ versions }) => versions)
    const unused = line.versions.filter((version) => !others.includes(version))
    await Promise.all(unused.map((version) => this.#loader.discard(version)))
    line.unload()
  }

  async #forget(line: CodeLine, version: Version): Promise<void> {
    line.forget(version)
    await this.#loader.discard(version)
  }
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
