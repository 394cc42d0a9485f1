import { stop } from '../project/esbuild.ts'
import type {
  Bundle,
  BundleFailure,
  BundleRequest,
  BundlerAnswers,
  BundlerRequest,
  StoreFailure,
  Stored,
} from '../../src/protocol/jobs/bundle.ts'
import type { ImageContent, PlacedImage } from '../../src/protocol/jobs/image.ts'
import { encodeThrown } from '../../src/protocol/wire/thrown.ts'
import { build } from './build.ts'
import { withProcess } from './esbuild-process.ts'
import { rebuild, unwatch, unwatchAll } from './incremental-build.ts'
import { locate } from './locate.ts'
import { CorruptImage, packImage } from './packed-image.ts'
import { placeImage } from './placed-image.ts'
import { readStored, store } from './stored-image.ts'
import { reasonOf } from '../../src/protocol/reason.ts'

/** The bundling job: makes images of users' files, and places stored ones. A Piscina task of its own pool. */
export default async function bundle<Request extends BundlerRequest>(
  request: Request,
): Promise<BundlerAnswers[Request['kind']]> {
  return (await answer(request)) as BundlerAnswers[Request['kind']]
}

async function answer(request: BundlerRequest): Promise<BundlerAnswers[BundlerRequest['kind']]> {
  switch (request.kind) {
    case 'bundle':
      return make(request)
    case 'place':
      return fromStore(request, (content) => place(content, request.directory, request.root))
    case 'content':
      return fromStore(request, (content) => content)
    case 'locate':
      return locate(request)
    case 'unwatch':
      await unwatch(request.watch)
      return undefined
    case 'stop':
      await unwatchAll()
      await stop()
      return undefined
  }
}

async function make(request: BundleRequest): Promise<Bundle | BundleFailure | StoreFailure> {
  const { watch } = request
  const built = await withProcess(() => {
    return watch === undefined ? build(request) : rebuild(watch, request)
  })
  if (built.kind === 'failure') return built
  const { content } = built
  const [placed, kept] = await Promise.all([
    place(content, request.directory, request.root),
    keep(content, request.store),
  ])
  if ('kind' in placed) return placed
  return 'kind' in kept ? kept : { kind: 'bundle', ...placed, ...kept }
}

/** Stores an image in the folder, or returns it packed for main to keep. */
async function keep(
  content: ImageContent,
  directory: string | undefined,
): Promise<Pick<Bundle, 'packed'> | StoreFailure> {
  if (directory === undefined) return { packed: await packImage(content) }
  try {
    await store(directory, content)
    return { packed: undefined }
  } catch (error) {
    return unusable(directory, error)
  }
}

async function place(
  content: ImageContent,
  directory: string,
  root: string | undefined,
): Promise<PlacedImage | StoreFailure> {
  try {
    return await placeImage(content, directory, root)
  } catch (error) {
    return unusable(directory, error)
  }
}

async function fromStore<Result extends ImageContent | PlacedImage>(
  { hash, stored }: { hash: string; stored: Stored },
  use: (content: ImageContent) => Result | Promise<Result | StoreFailure>,
): Promise<Result | StoreFailure> {
  let content: ImageContent
  try {
    content = await readStored(hash, stored)
  } catch (error) {
    if (error instanceof CorruptImage) return failure('IMAGE_CORRUPT', error.message, undefined)
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    if (isMissing) return failure('IMAGE_NOT_FOUND', `there is no image ${hash}`, error)
    return unusable('store' in stored ? stored.store : 'memory', error)
  }
  return use(content)
}

function unusable(directory: string, error: unknown): StoreFailure {
  const reason = reasonOf(error)
  const message = `images cannot be kept in the folder ${directory}: ${reason}`
  return failure('LOAD_FAILED', message, error)
}

function failure(code: StoreFailure['code'], message: string, error: unknown): StoreFailure {
  const cause = error === undefined ? undefined : encodeThrown(error)
  return { kind: 'store-failure', code, message, cause }
}
