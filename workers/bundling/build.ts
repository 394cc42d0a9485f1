import { build as esbuild } from '../project/esbuild.ts'
import type { BuildOptions, BuildResult, PluginBuild } from 'esbuild'
import { createHash } from 'node:crypto'
import path from 'node:path'
import type { BundleFailure, BundleRequest } from '../../src/protocol/jobs/bundle.ts'
import type { ImageContent, ImageManifest } from '../../src/protocol/jobs/image.ts'
import { CAUGHT } from './absent-module.ts'
import { failureOf, isBuildFailure, notADefinition } from './build-failure.ts'
import { Closure } from './closure.ts'
import { BANNER_END, editCommonModules } from './common-modules.ts'
import { heldConditions } from './conditions.ts'
import { allExternal } from './declared-external.ts'
import { Findings } from './findings.ts'
import { editNames } from './kept-names.ts'
import { OutputBytes } from './output-bytes.ts'
import { learnEffects } from './kept-effects.ts'
import { learnFromErrors, learnFromResult, neededAtOnce } from './learning.ts'
import { LeftOutside } from './left-outside.ts'
import type { BuildParts } from './left-outside.ts'
import { outsideModule } from './outside-module.ts'
import { outsidePlugin } from './outside.ts'
import { ownModules } from './own-module.ts'
import { withFallbacks } from './patterns.ts'
import { learnSloppy } from './sloppy-modules.ts'
import { atRoot, locationPlugin, urlAtRoot } from './source-location.ts'

/** The file to build, and the folder of its project. */
export type BuildRequest = Pick<BundleRequest, 'entry' | 'root' | 'external'>

/** An image that is not packed yet. */
export interface Built {
  readonly kind: 'built'
  readonly content: ImageContent
}

/** Options of esbuild for an image. */
export type ImageOptions = BuildOptions & { readonly metafile: true; readonly write: false }

/** Bundles a file with all it imports. */
export async function build(given: BuildRequest): Promise<Built | BundleFailure> {
  const external = allExternal(given)
  if ('kind' in external) return external
  const request = { ...given, external }
  const parts = { findings: new Findings(), outside: new LeftOutside(external) }
  return inPasses(request, parts, () => esbuild(buildOptions(request, parts)))
}

/** Runs a build again for as long as it learns of more that stays outside. Most builds run once. */
export async function inPasses(
  request: BuildRequest,
  parts: BuildParts,
  run: () => Promise<BuildResult<ImageOptions>>,
): Promise<Built | BundleFailure> {
  const pass = { ...request, ...parts }
  for (;;) {
    const { learnt } = parts.outside
    parts.findings.clear()
    try {
      const result = await run()
      learnFromResult(result, pass)
      if (parts.outside.learnt > learnt) continue
      if (learnEffects(result, request.root, parts.findings)) continue
      const [missing] = neededAtOnce(result.metafile, pass)
      return missing === undefined
        ? await finish(request, result, parts)
        : failureOf(request, missing)
    } catch (error) {
      if (!isBuildFailure(error)) return failureOf(request, error)
      if (await learnSloppy(error, request.root, parts.findings)) continue
      if (!learnFromErrors(error.errors, pass)) return failureOf(request, error)
    }
  }
}

/** Options of esbuild. Its plugins add to the findings, and heed what stays outside. */
export function buildOptions({ entry, root }: BuildRequest, parts: BuildParts): ImageOptions {
  const { findings, outside } = parts
  return {
    entryPoints: [entry],
    absWorkingDir: root,
    outfile: 'image.mjs',
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    sourcemap: 'external',
    // The plugins keep the texts of the sources.
    sourcesContent: false,
    sourceRoot: urlAtRoot(root, root),
    legalComments: 'none',
    logLevel: 'silent',
    charset: 'utf8',
    // Node's, in place of those of bundlers: without the condition and the field `module`.
    conditions: heldConditions().filter((condition) => condition !== 'node'),
    mainFields: ['main'],
    ignoreAnnotations: findings.keepsEffects,
    banner: { js: requireBanner(entry, root) },
    define: locationPlugin.define,
    // As Node does, an addon is found without its extension.
    resolveExtensions: ['.tsx', '.ts', '.jsx', '.js', '.css', '.json', '.node'],
    logOverride: { [CAUGHT]: 'warning' },
    plugins: [
      ownModules(),
      { name: 'moult-data', setup: leaveData },
      outsidePlugin({ root, ...parts }),
      locationPlugin.plugin(root, findings, {
        left: (file) => outsideModule(file, root, parts),
        patternsIn: (file) => outside.patternsIn(file),
      }),
    ],
  }
}

/** Leaves `data:` imports to Node: such a module is named by its text. */
function leaveData(build: PluginBuild): void {
  build.onResolve({ filter: /^data:/ }, ({ path: url }) => ({ path: url, external: true }))
}

/** Defines `require` in an ES module, for the calls that esbuild leaves in CommonJS packages. */
function requireBanner(entry: string, root: string): string {
  const from = JSON.stringify(atRoot(entry, root))
  return `import { createRequire as __moultCreateRequire } from 'node:module'; const require = __moultCreateRequire(${from}); ${BANNER_END}`
}

/** Makes an image of the output of esbuild. */
async function finish(
  request: BuildRequest,
  result: BuildResult<ImageOptions>,
  { findings, outside }: BuildParts,
): Promise<Built | BundleFailure> {
  const output = result.outputFiles.find((file) => file.path.endsWith('.mjs'))
  const map = result.outputFiles.find((file) => file.path.endsWith('.map'))
  const meta = result.metafile.outputs['image.mjs']
  if (!output || !map || !meta) throw new Error('esbuild left out an output')
  const { entry, root, external } = request
  const closure = new Closure(root, Object.keys(result.metafile.inputs), findings, outside)
  const exportedAt = findDefaultExport(closure.textOf(entry))
  if (!meta.exports.includes('default')) return notADefinition({ file: entry, ...exportedAt })
  const packages = closure.packages()
  const text = await asInNode(output.contents, map.text, request, result, findings)
  const code = withFallbacks(text, root) + outsideNote(packages)
  const manifest = {
    hash: createHash('sha256').update(code).digest('hex'),
    entry: path.relative(root, entry).split(path.sep).join('/'),
    bytes: Buffer.byteLength(code),
    external,
    sources: closure.sources(),
    packages,
    dynamicImports: closure.dynamicImports(),
    exportedAt,
  }
  const texts = await closure.texts(entry)
  return {
    kind: 'built',
    content: { manifest, root, code, map: map.text, ...texts },
  }
}

/** Gives the modules of an output what the bundler has taken from them. */
async function asInNode(
  contents: Uint8Array,
  map: string,
  { root }: BuildRequest,
  { metafile }: BuildResult<ImageOptions>,
  { common, texts }: Findings,
): Promise<string> {
  const output = new OutputBytes(contents)
  const textOf = (input: string): string | undefined => texts.get(path.resolve(root, input))
  await editCommonModules({ output, metafile, root, common })
  editNames({ output, map, banner: BANNER_END, textOf })
  return output.text()
}

/** Names outside packages in the image, so that another release makes another image. */
function outsideNote(packages: ImageManifest['packages']): string {
  const outside = packages.filter(({ isExternal }) => isExternal)
  return outside.map(({ name, version }) => `// outside: ${name}@${version}\n`).join('')
}

function findDefaultExport(text: string): ImageManifest['exportedAt'] {
  const lines = text.split('\n')
  const pattern = /\bexport\s+default\b|\bas\s+default\b|\bmodule\.exports\b|\bexports\.default\b/
  const index = lines.findIndex((line) => pattern.test(line))
  const column = index < 0 ? 0 : (lines[index]?.search(pattern) ?? 0)
  return { line: Math.max(index, 0) + 1, column: column + 1 }
}
