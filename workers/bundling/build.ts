import { build as esbuild } from 'esbuild'
import type { BuildFailure, BuildOptions, BuildResult, Message } from 'esbuild'
import { createHash } from 'node:crypto'
import path from 'node:path'
import type { BundleFailure, BundleRequest } from '../../src/protocol/jobs/bundle.ts'
import type { ImageContent, ImageManifest } from '../../src/protocol/jobs/image.ts'
import type { SourceLocation } from '../../src/protocol/jobs/source-location.ts'
import { Closure } from './closure.ts'
import { Findings } from './findings.ts'
import { outsidePlugin } from './outside.ts'
import { inUsersWords, ownModules } from './own-module.ts'
import { atRoot, locationPlugin, shimLength, urlAtRoot } from './source-location.ts'

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
export async function build(request: BuildRequest): Promise<Built | BundleFailure> {
  const findings = new Findings()
  try {
    return await finish(request, await esbuild(buildOptions(request, findings)), findings)
  } catch (error) {
    return failureOf(request, error)
  }
}

/** Options of esbuild. Its plugins add to `findings`. */
export function buildOptions(
  { entry, root, external }: BuildRequest,
  findings: Findings,
): ImageOptions {
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
    banner: { js: requireBanner(entry, root) },
    define: locationPlugin.define,
    plugins: [
      ownModules(),
      outsidePlugin(external, root, findings.outside),
      locationPlugin.plugin(root, findings),
    ],
  }
}

/** Defines `require` in an ES module, for the calls that esbuild leaves in CommonJS packages. */
function requireBanner(entry: string, root: string): string {
  const from = JSON.stringify(atRoot(entry, root))
  return `import { createRequire as __moultCreateRequire } from 'node:module'; const require = __moultCreateRequire(${from});`
}

/** Makes an image of the output of esbuild. */
export async function finish(
  request: BuildRequest,
  result: BuildResult<ImageOptions>,
  findings: Findings,
): Promise<Built | BundleFailure> {
  const output = result.outputFiles.find((file) => file.path.endsWith('.mjs'))
  const map = result.outputFiles.find((file) => file.path.endsWith('.map'))
  const meta = result.metafile.outputs['image.mjs']
  if (!output || !map || !meta) throw new Error('esbuild left out an output')
  const { entry, root, external } = request
  const closure = new Closure(root, Object.keys(result.metafile.inputs), findings)
  const exportedAt = findDefaultExport(closure.textOf(entry))
  if (!meta.exports.includes('default')) return notADefinition({ file: entry, ...exportedAt })
  const packages = closure.packages()
  const code = output.text + outsideNote(packages)
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

/** Names outside packages in the image, so that another release makes another image. */
function outsideNote(packages: ImageManifest['packages']): string {
  const outside = packages.filter(({ isExternal }) => isExternal)
  return outside.map(({ name, version }) => `// outside: ${name}@${version}\n`).join('')
}

function notADefinition(at: SourceLocation): BundleFailure {
  const message = 'there is no default export; expected: export default defineProcess({...})'
  return { kind: 'failure', code: 'NOT_A_DEFINITION', message, at, all: [message] }
}

function findDefaultExport(text: string): ImageManifest['exportedAt'] {
  const lines = text.split('\n')
  const pattern = /\bexport\s+default\b|\bas\s+default\b|\bmodule\.exports\b|\bexports\.default\b/
  const index = lines.findIndex((line) => pattern.test(line))
  const column = index < 0 ? 0 : (lines[index]?.search(pattern) ?? 0)
  return { line: Math.max(index, 0) + 1, column: column + 1 }
}

/** The failure of a build. @throws any other error. */
export function failureOf({ root, entry }: BuildRequest, error: unknown): BundleFailure {
  if (isUnread(error)) {
    const at = { file: error.path, line: 1, column: 1 }
    const message = `the file cannot be read: ${error.message}`
    return { kind: 'failure', code: 'UNRESOLVED_IMPORT', message, at, all: [message] }
  }
  if (!isBuildFailure(error)) throw error
  const first = error.errors.find(({ location }) => location !== null) ?? error.errors[0]
  const text = first?.text ?? 'the bundler failed without a message'
  const isUnresolved =
    /could not resolve|cannot find|cannot read|could not read|no matching export|^E[A-Z]+: /i.test(
      text,
    )
  const at = first?.location ? locate(first.location, root) : { file: entry, line: 1, column: 1 }
  return {
    kind: 'failure',
    code: isUnresolved ? 'UNRESOLVED_IMPORT' : 'SYNTAX_ERROR',
    message: inUsersWords(text),
    at,
    all: error.errors.map(({ text: each }) => inUsersWords(each)),
  }
}

function locate(
  { file, line, column, lineText }: NonNullable<Message['location']>,
  root: string,
): SourceLocation {
  const shim = line === 1 ? shimLength(lineText) : 0
  // esbuild counts bytes.
  const characters = Buffer.from(lineText).subarray(0, column).toString().length
  return { file: path.resolve(root, file), line, column: characters - shim + 1 }
}

/** Whether a file that the bundler had read was gone when it was hashed. */
function isUnread(error: unknown): error is Error & { readonly path: string } {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).path === 'string'
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && Array.isArray((error as Partial<BuildFailure>).errors)
}
