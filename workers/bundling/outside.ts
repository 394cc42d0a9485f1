import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild'
import { atRoot, urlAtRoot } from './source-location.ts'

/** Marks a resolution requested by this plugin. */
const NESTED = { moult: 'nested' }

/**
 * Leaves native addons, which cannot be bundled, and the `external` packages outside: they are imported from their
 * folders. Their files are added to `files`.
 */
export function outsidePlugin(
  external: readonly string[],
  root: string,
  files: Set<string>,
): Plugin {
  return {
    name: 'moult-outside',
    setup(build) {
      // esbuild filters the imports itself: each question to this thread costs a round trip.
      build.onResolve({ filter: outsideOf(external) }, async (args) => {
        if (args.pluginData === NESTED || args.kind === 'entry-point') return undefined
        return outside(build, args, root, files)
      })
    },
  }
}

/** Matches addons, and the packages with their subpaths. */
function outsideOf(external: readonly string[]): RegExp {
  const names = external.map((name) => name.replace(/[^\w@/-]/g, '\\$&'))
  return new RegExp(['\\.node$', ...names.map((name) => `^${name}(?:/|$)`)].join('|'))
}

async function outside(
  build: PluginBuild,
  args: OnResolveArgs,
  root: string,
  files: Set<string>,
): Promise<OnResolveResult> {
  const { importer, resolveDir, kind } = args
  const found = await build.resolve(args.path, { importer, resolveDir, kind, pluginData: NESTED })
  if (found.errors.length > 0) return { errors: found.errors, warnings: found.warnings }
  if (found.external) return { path: found.path, external: true }
  files.add(found.path)
  const isRequire = kind === 'require-call' || kind === 'require-resolve'
  const path = isRequire ? atRoot(found.path, root) : urlAtRoot(found.path, root)
  return { path, external: true }
}
