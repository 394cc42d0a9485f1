import { fileURLToPath } from 'node:url'
import { checkEnforceable } from '../isolates/enforceable-permissions.ts'
import { currentEnvironment } from '../isolates/environment.ts'
import type { Environment } from '../isolates/environment.ts'
import type { Isolate } from '../isolates/isolate.ts'
import type { IsolatePool } from '../isolates/isolate-pool.ts'
import { filesOfThreads, permissionFlags, withRealPath } from '../isolates/permission-flags.ts'
import type { PermissionSet } from '../options/permissions.ts'
import type { LogFields } from '../protocol/definition/context.ts'
import type { Contract } from '../protocol/definition/contract.ts'
import { MoultError, detailsOf, isMoultError, withDetails } from '../protocol/errors.ts'
import type { ErrorDetails } from '../protocol/errors.ts'
import type { Bundler } from './bundler.ts'
import { findRoot } from './entry-file.ts'
import type { Image } from './image.ts'
import { storedImage } from './source.ts'
import type { Source, StoredImage } from './source.ts'
import { createVersion } from './version.ts'
import { isOwnFile } from './own-folders.ts'
import type { OwnLimits, Version } from './version.ts'
import { ABSENT_NAMESPACE } from '../protocol/jobs/image.ts'
import { reasonOf } from '../protocol/reason.ts'

/** A checked version, the time it took, and the isolate of the check, which can host a process. */
export interface Loaded {
  readonly version: Version
  readonly isolate: Isolate | undefined
  readonly bundleMs: number
  readonly loadMs: number
}

/** What is said of a version as it is loaded. */
export interface LoadSettings extends Partial<OwnLimits> {
  readonly external?: readonly string[] | undefined
  /** What a version may do of which that is not said: what others that were made of the same file may. */
  readonly inherited?: (image: Image) => OwnLimits['permissions']
}

/** The same bytes at the same path under the same limits are the same version. */
function keyOf({ url }: Image, { resourceLimits = {}, permissions }: OwnLimits): string {
  return JSON.stringify([url, permissions, ...Object.entries(resourceLimits).sort()])
}

/** The most places of dynamic imports that are logged; `code.versions()` has all. */
const MAX_PLACES = 10

/** Makes versions of files, and isolates that have loaded them. */
export class Loader {
  readonly #bundler: Bundler
  readonly #pool: IsolatePool
  readonly #loadTimeoutMs: number
  readonly #warn: (message: string, fields: LogFields) => void
  /** By {@link keyOf}. */
  readonly #versions = new Map<string, Version>()
  /** Placed images that were not swept, by URL. */
  readonly #images = new Map<string, Image>()
  /** Isolates that have loaded a version and host nothing yet. */
  readonly #kept = new Map<Version, Isolate>()

  constructor(
    bundler: Bundler,
    pool: IsolatePool,
    loadTimeoutMs: number,
    warn: (message: string, fields: LogFields) => void,
  ) {
    this.#bundler = bundler
    this.#pool = pool
    this.#loadTimeoutMs = loadTimeoutMs
    this.#warn = warn
  }

  /** Makes an image. If its bytes are new, imports them in a blank isolate to read the contract. */
  async load(source: Source, settings: LoadSettings, watch?: string): Promise<Loaded> {
    const { external = [], resourceLimits, permissions, inherited } = settings
    if (permissions !== undefined) checkEnforceable(permissions)
    const began = performance.now()
    // Of the moment of the load: making the image may take long.
    const environment = currentEnvironment()
    const image = await this.#image(source, external, watch)
    const bundled = performance.now()
    const bundleMs = bundled - began
    const limits = { resourceLimits, permissions: permissions ?? inherited?.(image) }
    const key = keyOf(image, limits)
    const known = this.#versions.get(key)
    if (known !== undefined) return { version: known, isolate: undefined, bundleMs, loadMs: 0 }
    const { isolate, version } = await this.#check(image, environment, limits)
    const loadMs = performance.now() - bundled
    const first = this.#versions.get(key)
    if (first !== undefined) {
      // A concurrent load of the same bytes has made the version.
      void this.#pool.retire(isolate)
      return { version: first, isolate: undefined, bundleMs, loadMs }
    }
    this.#versions.set(key, version)
    this.#tellDynamic(image)
    return { version, isolate, bundleMs, loadMs }
  }

  /** Logs dynamic imports, once a version: the image does not hold these files. */
  #tellDynamic({ entry, manifest: { dynamicImports } }: Image): void {
    if (dynamicImports.length === 0) return
    const places = dynamicImports.map((each) => `${each.path}:${each.line}:${each.column}`)
    const fields = { dynamicImports: places.slice(0, MAX_PLACES), count: places.length }
    this.#warn(`${entry} loads what is known only when it runs, and is not in its image`, fields)
  }

  /** An isolate that has loaded `version` and hosts nothing. */
  async open(version: Version): Promise<Isolate> {
    const kept = this.#kept.get(version)
    this.#kept.delete(version)
    if (kept?.state === 'loaded') return kept
    const { image, environment } = version
    return (await this.#check(image, environment, version)).isolate
  }

  /**
   * Removes unused images: of purged versions, of refused ones, of failed imports. Those in a store's folder stay
   * there. Only while nothing is being loaded: an image that has not reached its line looks unused.
   * @param used the URLs of those that are in use.
   */
  sweep(used: ReadonlySet<string>): void {
    const unused: Image[] = []
    for (const image of this.#images.values()) if (!used.has(image.url)) unused.push(image)
    if (unused.length === 0) return
    for (const { url } of unused) {
      this.#images.delete(url)
      for (const [key, { image }] of this.#versions)
        if (image.url === url) this.#versions.delete(key)
    }
    const hashes = new Set([...this.#images.values()].map(({ hash }) => hash))
    for (const image of unused) this.#bundler.forget(image, hashes.has(image.hash))
  }

  async #image(source: Source, external: readonly string[], watch?: string): Promise<Image> {
    const stored = storedImage(source)
    const image = await (stored === undefined
      ? this.#bundler.bundle(source as string | URL, external, watch)
      : this.#bundler.place(stored.image, await rootOf(stored)))
    const known = this.#images.get(image.url)
    // The code is the same, but its sources or packages may differ: all users of the image see the new manifest.
    if (known !== undefined) return Object.assign(known, image)
    this.#images.set(image.url, image)
    return image
  }

  /** Drops the parsed files that the bundler has kept for a watch. */
  unwatch(watch: string): Promise<void> {
    return this.#bundler.unwatch(watch)
  }

  /** Keeps an isolate that was used for a check until {@link open} asks for one. */
  keep(version: Version, isolate: Isolate): void {
    void this.discard(version)
    this.#kept.set(version, isolate)
  }

  /** The isolate that is kept for a version. */
  kept(version: Version): Isolate | undefined {
    return this.#kept.get(version)
  }

  /** Retires a kept isolate: its version gets no new processes. */
  async discard(version: Version): Promise<void> {
    const kept = this.#kept.get(version)
    this.#kept.delete(version)
    if (kept !== undefined) await this.#pool.retire(kept)
  }

  /** Places an image again from the store if its file was removed or damaged. */
  async #import(image: Image, isolate: Isolate, environment: Environment): Promise<Contract> {
    try {
      return await isolate.load(image, environment, this.#loadTimeoutMs)
    } catch (error) {
      if (!isMoultError(error, 'IMAGE_CORRUPT')) throw error
      const placed = await this.#bundler.place(image.hash, image.root)
      return isolate.load(placed, environment, this.#loadTimeoutMs)
    }
  }

  async #check(
    image: Image,
    environment: Environment,
    { resourceLimits, permissions }: OwnLimits,
  ): Promise<{ isolate: Isolate; version: Version }> {
    const flags = permissions && flagsOf(permissions, image)
    const isolate = await this.#pool.take({ resourceLimits, flags }).catch((error: unknown) => {
      // Of the error of a thread, this alone is one of a load.
      throw isMoultError(error, 'LOAD_TIMEOUT') ? loadError(error, image) : error
    })
    try {
      const contract = await this.#import(image, isolate, environment)
      const { hash, url } = image
      this.#pool.alive.noteLoaded(isolate, { version: contract.version, hash, url })
      const limits = { resourceLimits, permissions }
      return { isolate, version: createVersion(image, contract, environment, limits) }
    } catch (error) {
      void this.#pool.retire(isolate)
      throw loadError(error, image)
    }
  }
}

/** Its own image is the only one that a version may read, unless it is allowed more. */
function flagsOf(permissions: PermissionSet, { url }: Image): string[] {
  const own = [...filesOfThreads(), ...withRealPath(fileURLToPath(url))]
  return permissionFlags(permissions, own)
}

/** A named folder has to exist; the folder in which an image was made may have gone. */
async function rootOf({ root }: StoredImage): Promise<string | undefined> {
  return root === undefined ? undefined : findRoot(root)
}

function loadError(error: unknown, image: Image): MoultError {
  const { file, line, column } = image.exportedAt
  if (isMoultError(error, 'NOT_A_DEFINITION')) {
    const message = `${file}:${line}:${column}: ${error.message}`
    return withDetails(new MoultError(error.code, message, detailsOf(error)), {
      file,
      line,
      column,
    })
  }
  const reason = reasonOf(error) + deniedBy(error)
  if (isMoultError(error)) {
    const named = new MoultError(error.code, `${image.entry}: ${reason}`, {
      ...detailsOf(error),
      file: image.entry,
      cause: error.cause,
    })
    return named
  }
  const at = firstFrame(error, image) ?? { file: image.entry }
  if (isMissing(error)) {
    const place = [at.file, at.line, at.column].filter((part) => part !== undefined).join(':')
    return new MoultError('UNRESOLVED_IMPORT', `${place}: ${reason}`, { ...at, cause: error })
  }
  return new MoultError('LOAD_FAILED', `${image.entry} threw while it was imported: ${reason}`, {
    ...at,
    cause: error,
  })
}

/** What Node has denied, which its own message does not say. */
function deniedBy(error: unknown): string {
  // Anything can be thrown.
  const { code, permission, resource } = Object(error) as Record<string, unknown>
  if (code !== 'ERR_ACCESS_DENIED') return ''
  const what = [permission, resource].filter((part) => typeof part === 'string' && part !== '')
  return ` (${what.join(' of ')})`
}

/** Whether Node has not found a module. */
function isMissing(error: unknown): boolean {
  const { code } = error instanceof Error ? (error as NodeJS.ErrnoException) : {}
  return code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND'
}

/** The place of an error by its (source-mapped) stack: the first frame in a file of the user's. */
function firstFrame(error: unknown, image: Image): ErrorDetails | undefined {
  if (!(error instanceof Error)) return undefined
  const own = fileURLToPath(image.url)
  for (const line of (error.stack ?? '').split('\n')) {
    const match = /(?:\(|at )((?:file:\/\/)?\/[^()]*?|[A-Za-z]:\\[^()]*?):(\d+):(\d+)\)?$/.exec(
      line,
    )
    if (match === null) continue
    const [, where = '', row, column] = match
    const file = where.startsWith('file:') ? fileURLToPath(where) : where
    const isOurs = file === own || file.includes(`/${ABSENT_NAMESPACE}:`) || isOwnFile(file)
    if (!isOurs) return { file, line: Number(row), column: Number(column) }
  }
  return undefined
}
