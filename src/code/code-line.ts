import type { ResourceLimits } from 'node:worker_threads'
import { EventListeners } from '../processes/event-listeners.ts'
import type { Process } from '../processes/process.ts'
import { MoultError } from '../protocol/errors.ts'
import { noName } from '../protocol/no-name.ts'
import type { Direction } from '../protocol/wire/migration.ts'
import { LineWork } from './line-work.ts'
import type { Placement } from '../versions/placement.ts'
import { shortHash } from '../versions/image.ts'
import { haveSameOwnSources, relabelled } from '../versions/version.ts'
import type { Version } from '../versions/version.ts'

/**
 * The role of a version in its code.
 *
 * - `current`: new processes get it.
 * - `loaded`: checked and ready, but never current; processes may run it all the same (`only`, `spawn({ version })`).
 * - `old`: was current, and processes still run it.
 * - `retired`: was current, and no process runs it any more; its image is kept for a roll back until it is purged.
 */
export type VersionState = 'current' | 'loaded' | 'old' | 'retired'

/** One version in its line. */
interface Entry {
  readonly version: Version
  /** How many loads and upgrades hold the label. */
  claims: number
  wasCurrent: boolean
  /** Whether the code was downgraded from it. `upgradeSelf` does not go to such a version. */
  isWithdrawn: boolean
}

/** A move of the whole code that has stopped half-way. */
export interface HalfWay {
  /** Where it was to lead. */
  readonly version: Version
  readonly direction: Direction
  /** Those that have been moved, and are not pinned. */
  readonly processes: readonly Process[]
}

/** The line of versions of one program, and the processes that run it. */
export class CodeLine {
  readonly name: string
  readonly external: readonly string[]
  /** Limits of its threads, where it has some of its own. */
  readonly resourceLimits: ResourceLimits | undefined
  /** Where the processes live. */
  readonly placement: Placement
  readonly processes = new Set<Process>()
  /** Processes that keep their version when the whole code is moved. */
  readonly pinned = new Set<Process>()
  /** Those who listen to events of any process of this code. */
  readonly events = new EventListeners()
  /** By label, in the order in which they were loaded. */
  readonly #entries = new Map<string, Entry>()
  #current: Version
  /** Versions that were current before, the latest last. */
  readonly #before: Version[] = []
  /** Versions to which a move of the whole code stopped half-way, with some processes moved; the latest last. */
  readonly #unfinished = new Map<Version, Direction>()
  /** Called when another version has become current. */
  readonly onCurrent = new Set<() => void>()
  /** Called when the code has been unloaded. */
  readonly onUnload = new Set<() => void>()
  readonly #work: LineWork

  constructor(name: string, first: Version, external: readonly string[], placement: Placement) {
    this.name = name
    this.#work = new LineWork(name)
    this.external = external
    this.resourceLimits = first.resourceLimits
    this.placement = placement
    this.#current = first
    this.claim(first)
    this.#entry(first).wasCurrent = true
  }

  /** The version that new processes get. */
  get current(): Version {
    return this.#current
  }

  /** The version that was current before. @throws MoultError `NO_PREVIOUS_VERSION` */
  get previous(): Version {
    const previous = this.#before.at(-1)
    if (previous !== undefined) return previous
    const { version } = this.#current.contract
    throw new MoultError(
      'NO_PREVIOUS_VERSION',
      `${this.name} has nothing to go back to from ${version}`,
      {
        codeName: this.name,
        version,
        expected: 'a version that was current before',
        received: 'none',
      },
    )
  }

  /** The last move of the whole code that stopped half-way, and the processes that it had moved. */
  get halfWay(): HalfWay | undefined {
    for (const [version, direction] of [...this.#unfinished].reverse()) {
      const processes = this.usersOf(version).filter((process) => !this.pinned.has(process))
      if (processes.length > 0) return { version, direction, processes }
    }
    return undefined
  }

  /** All versions, in the order in which they were loaded. */
  get versions(): readonly Version[] {
    const versions: Version[] = []
    for (const { version } of this.#entries.values()) versions.push(version)
    return versions
  }

  /** The version that was loaded last and not downgraded from. */
  get newest(): Version {
    let newest = this.#current
    for (const { version, isWithdrawn } of this.#entries.values())
      if (!isWithdrawn) newest = version
    return newest
  }

  /** Whether `version` was loaded after `other`. */
  isNewer(version: Version, other: Version): boolean {
    const labels = [...this.#entries.keys()]
    return labels.indexOf(version.contract.version) > labels.indexOf(other.contract.version)
  }

  find(label: string): Version | undefined {
    return this.#entries.get(label)?.version
  }

  /** The version with this label. @throws MoultError `UNKNOWN_VERSION` */
  get(label: string): Version {
    if (typeof label !== 'string') throw noName(this.name, 'version', label)
    const version = this.find(label)
    if (version !== undefined) return version
    const known = [...this.#entries.keys()].join(', ')
    throw new MoultError('UNKNOWN_VERSION', `${this.name} has no version ${label}`, {
      codeName: this.name,
      expected: `one of ${known}`,
      received: label,
    })
  }

  /**
   * The version of this line that a loaded version stands for:
   *
   * - The one with the same bytes, where the line has it. A copy of the file elsewhere is no other version.
   * - The loaded one under a new label, where its own is taken and only npm packages differ, or it `isEdit`.
   * - Else the loaded one itself.
   */
  own(version: Version, isEdit = false): Version {
    const { declared, image } = version
    const same = this.find(declared)
    const builds = this.versions.filter((each) => each.declared === declared)
    const known = builds.find((each) => each.image.hash === image.hash)
    if (known !== undefined || same === undefined) return known ?? version
    return isEdit || haveSameOwnSources(same, version) ? relabelled(version) : version
  }

  stateOf(version: Version): VersionState {
    if (version === this.#current) return 'current'
    if (!this.#entry(version).wasCurrent) return 'loaded'
    return this.usersOf(version).length > 0 ? 'old' : 'retired'
  }

  usersOf(version: Version): Process[] {
    return [...this.processes].filter((process) => process.version === version)
  }

  /** New processes get `version` from now on. */
  makeCurrent(version: Version): void {
    const entry = this.#entry(version)
    entry.isWithdrawn = false
    entry.wasCurrent = true
    this.#unfinished.clear()
    if (version === this.#current) return
    this.#before.push(this.#current)
    this.#setCurrent(version)
  }

  /** A move of the whole code to `version` has stopped half-way. */
  stopHalfWay(version: Version, direction: Direction): void {
    if (version === this.#current) return
    this.#unfinished.delete(version)
    this.#unfinished.set(version, direction)
  }

  /** Its processes are back at the current version. From now on `upgradeSelf` does not go to a version above it. */
  endHalfWay({ version, direction }: Pick<HalfWay, 'version' | 'direction'>): void {
    this.#unfinished.delete(version)
    if (direction === 'upgrade') this.#entry(version).isWithdrawn = true
  }

  /**
   * Makes an older version current. Versions after it are withdrawn: neither `rollBack` nor `upgradeSelf` goes there.
   */
  stepBack(version: Version): void {
    for (const [each, direction] of this.#unfinished) this.endHalfWay({ version: each, direction })
    if (version === this.#current) return
    const at = this.#before.lastIndexOf(version)
    const since = at < 0 ? [] : this.#before.splice(at)
    for (const each of [...since, this.#current]) this.#entry(each).isWithdrawn = true
    const entry = this.#entry(version)
    entry.isWithdrawn = false
    entry.wasCurrent = true
    this.#setCurrent(version)
  }

  /** Takes a version out of the line: its label is free. */
  forget(version: Version): void {
    this.#entries.delete(version.contract.version)
    this.#unfinished.delete(version)
    const rest = this.#before.filter((each) => each !== version)
    // Without it, two neighbours in the list may be the same version.
    const distinct = rest.filter((each, at) => each !== (rest[at + 1] ?? this.#current))
    this.#before.splice(0, Infinity, ...distinct)
  }

  /**
   * Claims a version's label. The returned function releases it, should the version not be used after all.
   * @throws MoultError `VERSION_CONFLICT` when other bytes have this label.
   */
  claim(version: Version): () => void {
    const label = version.contract.version
    const entry = this.#entries.get(label) ?? newEntry(version)
    if (entry.version.image.hash !== version.image.hash)
      throw this.#conflict(entry.version, version)
    entry.claims++
    this.#entries.set(label, entry)
    return () => {
      entry.claims--
      // After a purge the label may belong to another version.
      if (entry.claims === 0 && this.#entries.get(label) === entry) this.#entries.delete(label)
    }
  }

  /** @throws MoultError `CODE_UNLOADED` */
  checkLoaded(): void {
    this.#work.checkOpen()
  }

  /** Has no version from now on, and refuses all work. */
  unload(): void {
    this.#work.end()
    this.#entries.clear()
    for (const tell of [...this.onUnload]) tell()
  }

  /** See {@link LineWork.shared}. */
  shared<Result>(work: () => Promise<Result>, waits = true): Promise<Result> {
    return this.#work.shared(work, waits)
  }

  /** See {@link LineWork.exclusive}. */
  exclusive<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#work.exclusive(work)
  }

  /** See {@link LineWork.background}. */
  background<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#work.background(work)
  }

  #setCurrent(version: Version): void {
    this.#current = version
    for (const tell of [...this.onCurrent]) tell()
  }

  #entry(version: Version): Entry {
    const entry = this.#entries.get(version.contract.version)
    if (entry === undefined) throw new RangeError(`${version.contract.version} is not of this line`)
    return entry
  }

  #conflict(same: Version, { contract: { version }, image }: Version): MoultError {
    const old = shortHash(same.image.hash)
    const other = shortHash(image.hash)
    const difference = `with other bytes (${old}, now ${other})`
    const message = `${this.name} already has a version ${version} ${difference}: give the file another version`
    return new MoultError('VERSION_CONFLICT', message, {
      codeName: this.name,
      version,
      file: image.entry,
      expected: `a label that is not in use, or the bytes of ${old}`,
      received: `${version} with the bytes of ${other}`,
    })
  }
}

function newEntry(version: Version): Entry {
  return { version, claims: 0, wasCurrent: false, isWithdrawn: false }
}
