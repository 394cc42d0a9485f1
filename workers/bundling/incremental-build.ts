import { context } from 'esbuild'
import type { BuildContext } from 'esbuild'
import type { BundleFailure } from '../../src/protocol/jobs/bundle.ts'
import { buildOptions, failureOf, finish } from './build.ts'
import type { BuildRequest, Built, ImageOptions } from './build.ts'
import { Findings } from './findings.ts'

/** A build for which esbuild keeps parsed files. */
interface IncrementalBuild {
  /** A watch turns to another file when its code was upgraded to one. */
  readonly entry: string
  readonly root: string
  readonly context: Promise<BuildContext<ImageOptions>>
  readonly findings: Findings
  /** The last build: one runs after the other, since two would share the findings. */
  last: Promise<unknown>
}

/** By the watch's name. They end with an idle thread; the next build parses everything again. */
const builds = new Map<string, IncrementalBuild>()

/** Bundles a file again, parsing only what has changed since. */
export function rebuild(watch: string, request: BuildRequest): Promise<Built | BundleFailure> {
  const known = builds.get(watch)
  const isSame = known?.entry === request.entry && known.root === request.root
  const build = isSame ? known : begin(request)
  builds.set(watch, build)
  if (known !== undefined && !isSame) void end(known).catch(() => undefined)
  const built = build.last.then(() => run(build, request))
  build.last = built.catch(() => undefined)
  return built
}

function begin(request: BuildRequest): IncrementalBuild {
  const { entry, root } = request
  const findings = new Findings()
  const opening = context(buildOptions(request, findings))
  return { entry, root, context: opening, findings, last: Promise.resolve() }
}

async function run(
  { context: opening, findings }: IncrementalBuild,
  request: BuildRequest,
): Promise<Built | BundleFailure> {
  findings.clear()
  try {
    const opened = await opening
    return await finish(request, await opened.rebuild(), findings)
  } catch (error) {
    return failureOf(request, error)
  }
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
