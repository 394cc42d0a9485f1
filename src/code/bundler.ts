import { Piscina } from 'piscina'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type {
  BundleFailure,
  BundlerAnswers,
  BundlerRequest,
  StoreFailure,
  Stored,
} from '../protocol/bundle.ts'
import { describe } from '../protocol/clone-bytes.ts'
import { MoultError } from '../protocol/errors.ts'
import type { ImageContent } from '../protocol/image.ts'
import { decodeThrown } from '../protocol/thrown.ts'
import { findEntry } from './entry-file.ts'
import { ImageFolder } from './image-folder.ts'
import type { ImageStore } from './image-store.ts'
import { createImage } from './image.ts'
import type { Image } from './image.ts'
import { reasonOf } from '../protocol/reason.ts'

/** workers/ beside this file, whether that is the source or the built one. */
const job = new URL(import.meta.url.replace(/src\/code\/bundler(\.[jt]s)$/, 'workers/bundle$1'))

/** SHA-256 in hex. */
const HASH = /^[0-9a-f]{64}$/

/** How long (ms) the bundling thread is kept when there is nothing to bundle. */
const IDLE_MS = 10_000

/** Makes images of users' files and lays stored ones out again, in a thread of its own. */
export class Bundler {
  readonly #piscina: Piscina
  readonly #store: ImageStore
  readonly #folder = new ImageFolder()
  readonly #removals = new Set<Promise<void>>()

  constructor(store: ImageStore) {
    this.#store = store
    this.#piscina = new Piscina({
      minThreads: 0,
      maxThreads: 1,
      // One thread, several builds at once: esbuild works in a process of its own.
      concurrentTasksPerWorker: 8,
      atomics: 'disabled',
      idleTimeout: IDLE_MS,
      recordTiming: false,
      execArgv: [],
      // It makes and drops strings of an image's size. Left alone, its young generation grows by tens of megabytes and stays.
      resourceLimits: { maxYoungGenerationSizeMb: 2 },
      // What runs has precedence over what is being prepared.
      niceIncrement: process.platform === 'win32' ? 0 : 10,
    })
    this.#piscina.on('error', () => undefined)
  }

  /**
   * Bundles a file with all it imports, and stores the image. For a watch, what was parsed is kept for its next build.
   * @throws MoultError `FILE_NOT_FOUND`, `UNRESOLVED_IMPORT`, `SYNTAX_ERROR`, `NOT_A_DEFINITION`, with file, line and column;
   * `LOAD_FAILED` when a folder for images cannot be used.
   */
  async bundle(file: string | URL, external: readonly string[], watch?: string): Promise<Image> {
    const { entry, root } = await findEntry(file)
    const directory = await this.#folder.path()
    const store = this.#store.directory
    const project = { entry, root, external }
    const result = await this.#run({ kind: 'bundle', ...project, directory, store, watch })
    if (result.kind === 'failure') throw refusal(result, entry)
    const made = checked(result)
    this.#store.keep(made.manifest.hash, made.packed)
    return createImage(made)
  }

  /**
   * Lays a stored image out, for the project in the folder `root` where it is not the one the image was made in.
   * @throws MoultError `INVALID_OPTION`, `IMAGE_NOT_FOUND`, `IMAGE_CORRUPT`, `LOAD_FAILED`
   */
  async place(hash: string, root?: string): Promise<Image> {
    const stored = this.#stored(hash)
    const directory = await this.#folder.path()
    return createImage(checked(await this.#run({ kind: 'place', hash, stored, root, directory })))
  }

  /** All that a stored image holds. @throws MoultError `INVALID_OPTION`, `IMAGE_NOT_FOUND`, `IMAGE_CORRUPT`, `LOAD_FAILED` */
  async content(hash: string): Promise<ImageContent> {
    return checked(await this.#run({ kind: 'content', hash, stored: this.#stored(hash) }))
  }

  /** Lets go of what was kept for a watch. A thread that has ended meanwhile has kept nothing. */
  async unwatch(watch: string): Promise<void> {
    if (this.#piscina.threads.length > 0) await this.#run({ kind: 'unwatch', watch })
  }

  /**
   * Lets an image go that no isolate will import any more; another project's of the same hash may still need the stored bytes.
   * Should the same be laid out at this very moment, the isolate finds the file missing and has it laid out again.
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

  async close(): Promise<void> {
    if (this.#piscina.threads.length > 0) {
      await this.#run({ kind: 'stop' }).catch(() => undefined)
    }
    await this.#piscina.destroy()
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

  async #run<Request extends BundlerRequest>(
    request: Request,
  ): Promise<BundlerAnswers[Request['kind']]> {
    try {
      // Named with the task: tasks of a thread that cannot import its pool's own file would wait for ever.
      const answer: unknown = await this.#piscina.run(request, { filename: job.href })
      return answer as BundlerAnswers[Request['kind']]
    } catch (cause) {
      const reason = reasonOf(cause)
      throw new MoultError('LOAD_FAILED', `the bundler failed: ${reason}`, { cause })
    }
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
