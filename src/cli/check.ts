import { readFile } from 'node:fs/promises'
import { Bundler } from '../versions/bundler.ts'
import { ImageStore } from '../versions/image-store.ts'
import type { Image } from '../versions/image.ts'
import type { GivenJobs, Search } from '../code/given-jobs.ts'
import { StateSearch } from '../checks/state-search.ts'
import { TypeChecker } from '../checks/type-checker.ts'
import { serialise } from '../protocol/bytes/clone-bytes.ts'
import type { CloneBytes } from '../protocol/bytes/clone-bytes.ts'
import { MoultError, isMoultError } from '../protocol/errors.ts'
import type { SearchResult } from '../protocol/jobs/search.ts'
import type { StateShape } from '../protocol/jobs/state-shape.ts'
import type { SourceSet, TypeFault } from '../protocol/jobs/typecheck.ts'
import type { CheckCommand, SearchCommand } from './command-line.ts'
import { reasonOf } from '../protocol/reason.ts'
import { refusalsOf } from './refusals.ts'

/** What `moult check` found out. */
export interface CheckResult {
  readonly faults: readonly TypeFault[]
  /** Reasons for which the plan of an upgrade is refused. */
  readonly refusals: readonly MoultError[]
  /** Undefined where no search was asked for. */
  readonly search: SearchResult | undefined
}

const HASH = /^[0-9a-f]{64}$/

/** Carries a check out. @throws MoultError */
export async function check(command: CheckCommand, given: GivenJobs = {}): Promise<CheckResult> {
  // First, since a check of types takes a while.
  const samples = await readStates(command.search?.states)
  const bundler = new Bundler(new ImageStore(command.store), undefined, given.bundling)
  const types = given.types ?? new TypeChecker()
  const states = given.states ?? new StateSearch()
  try {
    const image = (named: string): Promise<Image> =>
      HASH.test(named)
        ? stored(bundler, named, command.store)
        : bundler.bundle(named, command.external)
    const older = await image(command.older)
    const newer = await image(command.newer)
    const request = {
      root: newer.root,
      older: await sourcesOf(bundler, older),
      newer: await sourcesOf(bundler, newer),
    }
    const { faults, contracts } = await types.compare(request)
    const refusals = contracts ? refusalsOf(contracts, older, newer, command.allowRemoved) : []
    const { search } = command
    if (search === undefined) return { faults, refusals, search: undefined }
    const sampled = { ...search, samples, older, newer, shape: await types.stateShape(request) }
    const found = await find(sampled, states).catch((error: unknown) => {
      // The refusals name it already.
      if (isMoultError(error, 'NO_MIGRATION') && refusals.length > 0) return undefined
      throw error
    })
    return { faults, refusals, search: found }
  } finally {
    await Promise.all([bundler.close(), types.close(), states.close()])
  }
}

function stored(bundler: Bundler, hash: string, store: string | undefined): Promise<Image> {
  if (store !== undefined) return bundler.place(hash)
  const expected = '--store FOLDER, which keeps the image'
  const message = `there is no store to look the image ${hash} up in; expected ${expected}`
  throw new MoultError('IMAGE_NOT_FOUND', message, { expected, received: hash })
}

async function sourcesOf(bundler: Bundler, { hash }: Image): Promise<SourceSet> {
  const { manifest, texts, typings } = await bundler.content(hash)
  return { entry: manifest.entry, files: texts, typings }
}

/** A search, what it goes through, and the states that were read for it. */
type Sampled = SearchCommand & {
  readonly samples: readonly CloneBytes[]
  readonly older: Image
  readonly newer: Image
  /** Undefined where no type tells. */
  readonly shape: StateShape | undefined
}

async function find(
  { samples, runs, seed, limitMs, older, newer, shape }: Sampled,
  states: Search,
): Promise<SearchResult> {
  const options = { older: older.url, newer: newer.url, samples, runs, limitMs }
  try {
    return await states.search({
      ...options,
      ...(shape !== undefined && { shape }),
      ...(seed !== undefined && { seed }),
    })
  } catch (error) {
    throw isMoultError(error) ? naming(error, [older, newer]) : error
  }
}

/** Names the files in an error of the search, which knows the images only. */
function naming(error: MoultError, images: readonly Image[]): MoultError {
  const image = images.find(({ url }) => error.file === url)
  if (image === undefined) return error
  const { code, cause, expected, received } = error
  return new MoultError(code, `${image.entry}: ${error.message}`, {
    file: image.entry,
    cause,
    ...(expected !== undefined && { expected }),
    ...(received !== undefined && { received }),
  })
}

async function readStates(file: string | undefined): Promise<CloneBytes[]> {
  if (file === undefined) return []
  const expected = 'a file that holds a JSON array of states'
  try {
    const states: unknown = JSON.parse(await readFile(file, 'utf8'))
    if (Array.isArray(states)) return states.map(serialise)
  } catch (cause) {
    const received = reasonOf(cause)
    const message = `--states should be ${expected}, but ${file} is not: ${received}`
    throw new MoultError('INVALID_OPTION', message, { file, expected, received, cause })
  }
  const details = { file, expected, received: 'JSON that is no array' }
  const message = `--states should be ${expected}, but ${file} holds something else`
  throw new MoultError('INVALID_OPTION', message, details)
}
