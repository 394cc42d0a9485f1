import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { BundleFailure, StoreFailure, Stored } from '../protocol/jobs/bundle.ts'
import { describe } from '../protocol/bytes/clone-bytes.ts'
import { MoultError } from '../protocol/errors.ts'
import type { ImageContent } from '../protocol/jobs/image.ts'
import type { OutputPlace } from '../protocol/jobs/locate.ts'
import type { SourceLocation } from '../protocol/jobs/source-location.ts'
import { decodeThrown } from '../protocol/wire/thrown.ts'
import { BundlingJob } from './bundling-job.ts'
import { findEntry } from './entry-file.ts'
import { ImageFolder } from './image-folder.ts'
import type { ImageStore } from './image-store.ts'
import { createImage } from './image.ts'
import type { Image } from './image.ts'

/** SHA-256 in hex. */
const HASH = /^[0-9a-f]{64}$/

/** A location for each place of an image. */
export type LocatedPlaces = readonly (SourceLocation | null)[]

/** The thread that a bundler works with. */
export type Bundling = Pick<BundlingJob, 'isAlive' | 'run' | 'abandon' | 'close'>

/** Makes images of users' files and lays stored ones out again, in a thread of its own. */
export class Bundler {
  readonly #job: Bundling
  readonly #store: ImageStore
  readonly #folder: ImageFolder
  readonly #removals = new Set<Promise<void>>()

  /**
   * @param timeoutMs how long each request may take
   * @param tempFolder where images are laid out; the system's folder for temporary files by default
   */
  constructor(
    store: ImageStore,
    timeoutMs = 30_000,
    job: Bundling = new BundlingJob(timeoutMs),
    tempFolder?: string,
  ) {
    this.#folder = new ImageFolder(tempFolder)
    this.#store = store
    this.#job = job
  }

  /**
   * Bundles a file with all it imports, and stores the image. For a watch, what was parsed is kept for its next build.
   * @throws MoultError `FILE_NOT_FOUND`, `UNRESOLVED_IMPORT`, `SYNTAX_ERROR`, `NOT_A_DEFINITION`, with file, line and
   * column; `LOAD_FAILED` when a folder for images cannot be used; `LOAD_TIMEOUT`, `RUNTIME_CLOSED`.
   */
  async bundle(file: string | URL, external: readonly string[], watch?: string): Promise<Image> {
    const { entry, root } = await findEntry(file)
    const directory = await this.#folder.path()
    const store = this.#store.directory
    const project = { entry, root, external }
    const result = await this.#job.run(
      { kind: 'bundle', ...project, directory, store, watch },
      entry,
    )
    if (result.kind === 'failure') throw refusal(result, entry)
    const made = checked(result)
    this.#store.keep(made.manifest.hash, made.packed)
    return createImage(made)
  }

  /**
   * Lays a stored image out, for the project in the folder `root` where it is not the one the image was made in.
   * @throws MoultError `INVALID_OPTION`, `IMAGE_NOT_FOUND`, `IMAGE_CORRUPT`, `LOAD_FAILED`, `LOAD_TIMEOUT`
   */
  async place(hash: string, root?: string): Promise<Image> {
    const stored = this.#stored(hash)
    const directory = await this.#folder.path()
    return createImage(
      checked(await this.#job.run({ kind: 'place', hash, stored, root, directory }, hash)),
    )
  }

  /**
   * All that a stored image holds.
   * @throws MoultError `INVALID_OPTION`, `IMAGE_NOT_FOUND`, `IMAGE_CORRUPT`, `LOAD_FAILED`
   */
  async content(hash: string): Promise<ImageContent> {
    return checked(await this.#job.run({ kind: 'content', hash, stored: this.#stored(hash) }, hash))
  }

  /**
   * Where places of an image are in its sources; null where one is in none of them.
   * @throws MoultError `LOAD_FAILED`, `LOAD_TIMEOUT`
   */
  async locate({ url }: Image, places: readonly OutputPlace[]): Promise<LocatedPlaces> {
    const file = fileURLToPath(url)
    return this.#job.run({ kind: 'locate', file, places }, file)
  }

  /** Lets go of what was kept for a watch. A thread that has ended meanwhile has kept nothing. */
  async unwatch(watch: string): Promise<void> {
    if (this.#job.isAlive) await this.#job.run({ kind: 'unwatch', watch }, watch)
  }

  /**
   * Lets an image go that no isolate will import any more; another project's of the same hash may still need the stored
   * bytes. Should the same be laid out at this very moment, the isolate finds the file missing and has it laid out
   * again.
   */
  forget({ url, hash }: Image, isShared: boolean): void {
    if (!isShared) this.#store.forget(hash)
    const file = fileURLToPath(url)
    for (const each of [file, `${file}.map`]) {
      const removal = rm(each, { force: true }).catch(() => undefined)
      this.#removals.add(removal)
      void removal.then(() => this.#removals.delete(removal))
    }
  }

  /** Waits for no image any more: those who ask for one are told that the runtime closes. */
  abandon(): void {
    this.#job.abandon()
  }

  async close(): Promise<void> {
    await this.#job.close()
    await Promise.all(this.#removals)
    await this.#folder.remove()
  }

  #stored(hash: string): Stored {
    if (typeof hash !== 'string') {
      const details = { expected: 'the hash of an image', received: describe(hash) }
      throw new MoultError(
        'INVALID_OPTION',
        'the image to load should be named by its hash',
        details,
      )
    }
    // What is no hash must not become a path.
    const stored = HASH.test(hash) ? this.#store.find(hash) : undefined
    if (stored === undefined) throw notStored(hash)
    return stored
  }
}

function checked<Result extends object>(result: Result | StoreFailure): Result {
  if (!isStoreFailure(result)) return result
  const { code, message, cause } = result
  const expected = expectedInstead[code]
  throw new MoultError(code, message, { expected, ...(cause && { cause: decodeThrown(cause) }) })
}

function isStoreFailure(result: object): result is StoreFailure {
  return 'kind' in result && result.kind === 'store-failure'
}

const expectedInstead = {
  IMAGE_NOT_FOUND: 'the hash of a stored image',
  IMAGE_CORRUPT: 'the bytes that were stored',
  LOAD_FAILED: 'a folder that can be read and written',
} as const satisfies Record<StoreFailure['code'], string>

function notStored(hash: string): MoultError {
  const details = { expected: 'the hash of a stored image', received: hash }
  return new MoultError('IMAGE_NOT_FOUND', `the store has no image ${hash}`, details)
}

function refusal(failure: BundleFailure, entry: string): MoultError {
  const { file, line, column } = failure.at ?? { file: entry, line: 1, column: 1 }
  const cause = new AggregateError(failure.all, failure.all.join('\n'))
  const message = `${file}:${line}:${column}: ${failure.message}`
  return new MoultError(failure.code, message, { file, line, column, cause })
}
