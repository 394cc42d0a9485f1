import { context } from '../project/esbuild.ts'
import type { BuildContext } from 'esbuild'
import { isDeepStrictEqual } from 'node:util'
import type { BundleFailure } from '../../src/protocol/jobs/bundle.ts'
import { buildOptions, inPasses } from './build.ts'
import type { BuildRequest, Built, ImageOptions } from './build.ts'
import { allExternal } from './declared-external.ts'
import { Findings } from './findings.ts'
import { LeftOutside } from './left-outside.ts'
import type { BuildParts } from './left-outside.ts'
import { resolvedHere } from './outside.ts'

/** A build for which esbuild keeps parsed files. */
interface IncrementalBuild extends BuildParts {
  /** A watch turns to another file when its code was upgraded to one. */
  readonly request: BuildRequest
  context: Promise<BuildContext<ImageOptions>>
  /** The names for which the context was made. */
  names: string
  /** The last build: one runs after the other, since two would share the findings. */
  last: Promise<unknown>
}

/** By the watch's name. They end with an idle thread; the next build parses everything again. */
const builds = new Map<string, IncrementalBuild>()

/** Bundles a file again, parsing only what has changed since. */
export async function rebuild(watch: string, given: BuildRequest): Promise<Built | BundleFailure> {
  const external = allExternal(given)
  if ('kind' in external) return external
  const request = { entry: given.entry, root: given.root, external }
  const known = builds.get(watch)
  const isSame = isDeepStrictEqual(known?.request, request)
  const build = known !== undefined && isSame ? known : begin(request)
  builds.set(watch, build)
  if (known !== undefined && !isSame) void end(known).catch(() => undefined)
  const built = build.last.then(() => run(build))
  build.last = built.catch(() => undefined)
  return built
}

function begin(request: BuildRequest): IncrementalBuild {
  const parts = { findings: new Findings(), outside: new LeftOutside(request.external) }
  const opening = context(buildOptions(request, parts))
  return { ...parts, request, context: opening, names: namesOf(parts), last: Promise.resolve() }
}

function run(build: IncrementalBuild): Promise<Built | BundleFailure> {
  build.outside.lookAgain()
  return inPasses(build.request, build, async () => (await current(build)).rebuild())
}

/** The context, made anew if it resolves other names than those that the build is about by now. */
async function current(build: IncrementalBuild): Promise<BuildContext<ImageOptions>> {
  if (namesOf(build) === build.names) return build.context
  build.names = namesOf(build)
  const old = await build.context
  build.context = context(buildOptions(build.request, build))
  await old.dispose()
  return build.context
}

function namesOf({ outside, findings }: BuildParts): string {
  return `${String(findings.keepsEffects)} ${resolvedHere(outside)?.source ?? ''}`
}

/** Drops the parsed files that were kept for a watch. */
export async function unwatch(watch: string): Promise<void> {
  const build = builds.get(watch)
  builds.delete(watch)
  if (build !== undefined) await end(build)
}

async function end(build: IncrementalBuild): Promise<void> {
  await build.last
  const opened = await build.context
  await opened.dispose()
}

/** Drops all parsed files. */
export async function unwatchAll(): Promise<void> {
  await Promise.all([...builds.keys()].map(unwatch))
}
