import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild'
import path from 'node:path'
import { ABSENT_NAMESPACE } from '../../src/protocol/jobs/image.ts'
import { absentModule, absentName } from './absent-module.ts'
import type { AbsentLoad } from './absent-module.ts'
import type { Findings } from './findings.ts'
import type { LeftOutside } from './left-outside.ts'
import { packageFolder } from '../project/package-folders.ts'
import { FINDERS } from './native-package.ts'
import { ROOT_URL, atRoot, urlAtRoot } from './source-location.ts'

/** Marks a resolution requested by this plugin. */
const NESTED = { moult: 'nested' }

/** What the plugin needs to know of the build. */
interface Parts {
  readonly root: string
  readonly outside: LeftOutside
  readonly findings: Findings
}

/**
 * Leaves packages outside by their names: they are imported from their folders. Gives names that lead nowhere a module
 * that fails when its turn comes.
 */
export function outsidePlugin(parts: Parts): Plugin {
  const { root, outside } = parts
  return {
    name: 'moult-outside',
    setup(build) {
      // esbuild filters the imports itself: each question to this thread costs a round trip.
      build.onResolve({ filter: new RegExp(`^${ROOT_URL}/`) }, ({ path: url }) => {
        return { path: url, external: true }
      })
      build.onResolve({ filter: FINDERS }, ({ importer }) => {
        const folder = packageFolder(importer.split(path.sep).join('/'))
        if (folder !== undefined) outside.addFolder(folder)
        return undefined
      })
      // Node alone knows what it makes of these: not each line makes modules of them.
      build.onResolve({ filter: /\.wasm$/ }, async (args) => {
        if (args.pluginData === NESTED || args.kind === 'entry-point') return undefined
        const { importer, resolveDir, kind } = args
        const asked = { importer, resolveDir, kind, pluginData: NESTED }
        const found = await build.resolve(args.path, asked)
        const isFile = found.errors.length === 0 && !found.external
        return isFile ? leave(found.path, kind, parts) : undefined
      })
      const names = resolvedHere(outside)
      if (names === undefined) return
      build.onResolve({ filter: names }, async (args) => {
        if (args.pluginData === NESTED || args.kind === 'entry-point') return undefined
        return resolve(build, args, parts)
      })
      build.onLoad({ filter: /^/, namespace: ABSENT_NAMESPACE }, ({ pluginData }) => {
        return { contents: absentModule(pluginData as AbsentLoad, root), loader: 'js' }
      })
    },
  }
}

/** What {@link outsidePlugin} is made for: with other names it has to be made anew. */
export function resolvedHere({ names, absent }: LeftOutside): RegExp | undefined {
  const packages = [...names].map((name) => `^${escaped(name)}(?:/|$)`)
  const nowhere = absent.map(({ specifier }) => `^${escaped(specifier)}$`)
  const all = [...packages, ...new Set(nowhere)]
  return all.length === 0 ? undefined : new RegExp(all.join('|'))
}

function escaped(name: string): string {
  return name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

async function resolve(
  build: PluginBuild,
  args: OnResolveArgs,
  { root, outside, findings }: Parts,
): Promise<OnResolveResult | undefined> {
  const { path: specifier, importer, resolveDir, kind } = args
  const found = await build.resolve(specifier, { importer, resolveDir, kind, pluginData: NESTED })
  if (found.errors.length > 0) {
    // The bundler’s own words: it knows whether a failure is caught, and where the name stands.
    if (!outside.isAbsent(importer, specifier)) return undefined
    const load: AbsentLoad = { importer, specifier, kind }
    return { path: absentName(load, root), namespace: ABSENT_NAMESPACE, pluginData: load }
  }
  if (!isNamed(specifier, outside)) return undefined
  if (found.external) return { path: found.path, external: true }
  findings.external.add(found.path)
  return leave(found.path, kind, { root, findings })
}

/** A file that is imported from where it is. */
function leave(
  file: string,
  kind: OnResolveArgs['kind'],
  { root, findings }: Pick<Parts, 'root' | 'findings'>,
): OnResolveResult {
  findings.outside.add(file)
  const isRequire = kind === 'require-call' || kind === 'require-resolve'
  return { path: isRequire ? atRoot(file, root) : urlAtRoot(file, root), external: true }
}

function isNamed(specifier: string, { names }: LeftOutside): boolean {
  return [...names].some((name) => specifier === name || specifier.startsWith(`${name}/`))
}
