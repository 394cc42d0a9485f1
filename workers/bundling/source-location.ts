import type { Loader, OnLoadArgs, OnLoadResult, PartialMessage, Plugin, Location } from 'esbuild'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { reasonOf } from '../../src/protocol/reason.ts'
import { OWN_REQUIRE } from './created-require.ts'
import { OWN_IMPORT, loadsOf } from './dynamic-loads.ts'
import type { Loads } from './dynamic-loads.ts'
import { NoMetadata, withMetadata } from './decorator-metadata.ts'
import type { Findings } from './findings.ts'
import { isCommonJs, onlyLoads } from './sloppy-modules.ts'
import { checkRegular, readRegularFile } from './regular-file.ts'
import { EditedText } from './text-edits.ts'
import { ownPatterns } from './wide-patterns.ts'

/**
 * Stands for the project's folder inside an image, so that bytes and hash do not depend on it.
 * The real folder is filled in when the image is written for this machine.
 */
const ROOT = '%moult-root-5f1c%'
/** The same folder as a URL. */
export const ROOT_URL = '%moult-root-url-5f1c%'

/** Names of the files that the plugin reads for the bundler. */
const SOURCE = /\.(?:[cm]?[jt]sx?|json)$/

/** `file` as a path of the image. */
export function atRoot(file: string, root: string): string {
  return `${ROOT}/${relative(file, root)}`
}

/** `file` as a URL of the image. A folder's ends in a slash. */
export function urlAtRoot(file: string, root: string): string {
  return `${ROOT_URL}/${encodeURI(relative(file, root)).replace(/[?#]/g, encodeURIComponent)}`
}

/** The text of an image, or of its source map, for a project in the folder `root`. */
export function settle(text: string, root: string): string {
  return text
    .replace(AT_ROOT_URL, (_, up: string) => folder(pathToFileURL(path.join(root, up)).href))
    .replace(AT_ROOT, (_, up: string) => {
      const plain = path.join(root, up).split(path.sep).join('/')
      return JSON.stringify(folder(plain)).slice(1, -1)
    })
}

/** Files outside the project have a relative path upwards, which is resolved to the one that Node gives them. */
const AT_ROOT = new RegExp(`${ROOT}((?:/\\.\\.(?=/))*)`, 'g')
const AT_ROOT_URL = new RegExp(`${ROOT_URL}((?:/\\.\\.(?=/))*)`, 'g')

/** Without the slash that the topmost folder ends in. */
function folder(name: string): string {
  return name.replace(/\/$/, '')
}

function relative(file: string, root: string): string {
  return path.relative(root, file).split(path.sep).join('/')
}

/** What stays outside, as far as the reading of files goes. */
interface ReadOutside {
  /** The text in place of a file that stays outside. */
  readonly left: (file: string) => Promise<string | undefined>
  /** Where patterns stand that no folder fits. */
  readonly patternsIn: (file: string) => ReadonlySet<number>
}

/** The loads of a file that was read before. */
interface Known {
  readonly text: string
  readonly patterns: ReadonlySet<number>
  readonly loads: Loads | undefined
}

/**
 * Keeps `__dirname`, `__filename` and `import.meta.url` true after bundling, so that a package finds files in its
 * folder. esbuild renames the variables of the shim where two files would have the same.
 */
export const locationPlugin = {
  define: {
    __dirname: '__moultDirname',
    __filename: '__moultFilename',
    'import.meta': '__moultMeta',
    'import.meta.dirname': '__moultDirname',
    'import.meta.filename': '__moultFilename',
    'import.meta.url': '__moultUrl',
  },
  /** Adds texts and dynamic loads to the findings, by absolute path. */
  plugin: (root: string, findings: Findings, { left, patternsIn }: ReadOutside): Plugin => ({
    name: 'moult-source-location',
    setup(build) {
      const { texts, dynamic } = findings
      /** For a watch, which reads each file anew. */
      const known = new Map<string, Known>()
      const look = async (file: string, text: string): Promise<Loads | undefined> => {
        const before = known.get(file)
        const patterns = patternsIn(file)
        if (before?.text === text && before.patterns === patterns) return before.loads
        const loads = await loadsOf(text, loaderOf(file), patterns)
        known.set(file, { text, patterns, loads })
        return loads
      }
      const load = async ({ path: file, suffix, with: attributes }: OnLoadArgs) => {
        const hasAttributes = Object.keys(attributes).length > 0
        const outside = hasAttributes ? undefined : await left(file)
        if (outside !== undefined) return { contents: outside, loader: 'js' as const }
        if (!SOURCE.test(file)) {
          checkRegular(file)
          return undefined
        }
        const bytes = readRegularFile(file)
        const text = bytes.toString()
        texts.set(file, text)
        // The bundler knows how to read an import with attributes.
        if (hasAttributes) return undefined
        // Given to the bundler, so that the bundled text is the one that is kept and hashed.
        if (file.endsWith('.json')) return { contents: bytes, loader: 'json' as const }
        const loads = await look(file, text)
        if (loads !== undefined && loads.dynamic.length > 0) dynamic.set(file, loads.dynamic)
        return contentsOf({ file, suffix, root }, { text, bytes, loads }, findings)
      }
      build.onLoad({ filter: /^/, namespace: 'file' }, async (args) => {
        try {
          return await load(args)
        } catch (error) {
          return { errors: [unread(args.path, error)] }
        }
      })
    },
  }),
}

function unread(file: string, error: unknown): PartialMessage {
  // For a thrown error the bundler would name this file, not the place of the import.
  if (!(error instanceof NoMetadata)) return { text: `cannot read ${file}: ${reasonOf(error)}` }
  return { text: error.message, location: { file, line: error.line, column: 0 } }
}

/** A file as it was read. */
interface Read {
  readonly text: string
  readonly bytes: Uint8Array
  readonly loads: Loads | undefined
}

/** A module for the bundler. */
async function contentsOf(
  { file, suffix, root }: Module,
  { text, bytes, loads }: Read,
  { edited, common, sloppy }: Findings,
): Promise<OnLoadResult> {
  const own = ownPatterns(loads?.wide ?? [], file)
  const edits = new EditedText(text, [...(loads?.edits ?? []), ...own.edits])
  if (edits.text !== text) edited.set(file, edits)
  if (isPlain(file)) common.set(file, commonText(text, loads))
  if (sloppy.has(file)) return { contents: await onlyLoads(common.get(file) ?? ''), loader: 'js' }
  const isSame = isPlaceless(text) && !isScript(text, file) && edits.text === text
  const contents = isSame ? bytes : withShim(edits.text, { file, suffix, root }, loads, own.ways)
  const loader = loaderOf(file)
  if (!loader.startsWith('ts')) return { contents, loader }
  const typed = withMetadata(isSame ? text : String(contents), file, root)
  return typed === undefined ? { contents, loader } : { contents: typed, loader: 'jsx' }
}

/** Whether a file is JavaScript, and may be CommonJS. */
function isPlain(file: string): boolean {
  return /(?:\.c?js|(?:^|\/)[^./\\]*)$/.test(file)
}

/** Whether a CommonJS module looks to the bundler as if it were none: it neither exports nor loads. */
function isScript(text: string, file: string): boolean {
  if (!isPlain(file) || /\b(?:import|export|exports|module)\b/.test(text)) return false
  return isCommonJs(file)
}

/** The text of a CommonJS module for Node, whose own `require` and `import()` know where the module lies. */
function commonText(text: string, loads: Loads | undefined): string {
  const own: readonly string[] = [OWN_REQUIRE, OWN_IMPORT]
  const edits = (loads?.edits ?? []).filter(({ by }) => !own.includes(by))
  return new EditedText(text, edits).text.replace(/^\uFEFF/, '').replace(/^#!/, '//')
}

/** Whether a module does not use its own path. */
function isPlaceless(text: string): boolean {
  return !/\b__dirname\b|\b__filename\b|\bimport\.meta\b/.test(text)
}

/** Adds the shim in front of the first line, so that line numbers stay. */
function withShim(
  edited: string,
  module: Module,
  loads: Loads | undefined,
  patterns: readonly string[],
): string {
  const text = edited.replace(/^#!/, '//')
  if (isScript(edited, module.file)) return `${SHIM_START}0; module.exports; ${SHIM_END}${text}`
  return shimFor(module, { loads, usesMeta: USES_META.test(edited), patterns }) + text
}

const SHIM_START = 'var __moultFilename = '
const SHIM_END = '/* moult */ '

/** Of `import.meta`, more than its three places. */
const USES_META = /\bimport\.meta\b(?!\s*\??\.\s*(?:url|dirname|filename)\b)/

/** What a module uses of its surroundings. */
interface Uses {
  readonly loads: Loads | undefined
  readonly usesMeta: boolean
  /** Declarations of loads by patterns. */
  readonly patterns: readonly string[]
}

/** A module by its place. */
interface Module {
  readonly file: string
  /** The query by which it is imported, if any. */
  readonly suffix: string
  readonly root: string
}

function shimFor({ file, suffix, root }: Module, { loads, usesMeta, patterns }: Uses): string {
  const own = atRoot(file, root)
  const filename = JSON.stringify(own)
  const dirname = JSON.stringify(path.posix.dirname(own))
  const url = JSON.stringify(urlAtRoot(file, root) + suffix)
  const place = `${SHIM_START}${filename}, __moultDirname = ${dirname}, __moultUrl = ${url}`
  const ways = [
    ...(usesMeta ? [ownMeta] : []),
    ...(loads?.usesRequire ? [ownRequire] : []),
    ...(loads?.usesImport ? [ownImport] : []),
    ...patterns,
  ]
  return `${[place, ...ways].join(', ')}; ${SHIM_END}`
}

const ownMeta = '__moultMeta = __moultImage.meta(__moultUrl, __moultFilename)'
/** Node's own module of this name, in the text of a module. */
export const builtin = (name: string): string =>
  `globalThis.process.getBuiltinModule('node:${name}')`
const ownRequire = `${OWN_REQUIRE} = ${builtin('module')}.createRequire(__moultFilename)`
/** The import() of a vm script resolves from the script's name: the only way to resolve from another file. */
const foreignImport =
  `(new (${builtin('vm')}.Script)('(name, options) => import(name, options)', { filename: __moultUrl, ` +
  `importModuleDynamically: ${builtin('vm')}.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER }).runInThisContext())`
const ownImport =
  `${OWN_IMPORT} = async (specifier, options) => { const name = String(specifier); ` +
  'if (/^\\.{0,2}\\//.test(name)) return import(new URL(name, __moultUrl).href, options); ' +
  `return /^[\\w+.-]+:/.test(name) || ${builtin('module')}.isBuiltin(name) ? import(name, options) : ${foreignImport}(name, options) }`

/** Where a place of the bundler's is in the text of the user's file. */
export function originalOffset(
  file: string,
  { line, column, lineText }: Pick<Location, 'line' | 'column' | 'lineText'>,
  { texts, edited }: Findings,
): number {
  const edits = edited.get(file)
  const text = edits?.text ?? texts.get(file) ?? ''
  const above = text.split('\n').slice(0, line - 1)
  const start = above.reduce((sum, each) => sum + each.length + 1, 0)
  // esbuild counts bytes.
  const characters = Buffer.from(lineText).subarray(0, column).toString().length
  const offset = start + characters - (line === 1 ? shimLength(lineText) : 0)
  return edits?.original(offset) ?? offset
}

/** The columns that the shim takes on a first line. */
export function shimLength(lineText: string): number {
  const end = lineText.startsWith(SHIM_START) ? lineText.indexOf(SHIM_END) : -1
  return end < 0 ? 0 : end + SHIM_END.length
}

/** The path of a source relative to the project's folder, by its name in a source map, which is a part of a URL. */
export function pathOfSource(source: string): string {
  try {
    return decodeURIComponent(source)
  } catch {
    // Some packages do not escape the names in their source maps.
    return source
  }
}

function loaderOf(file: string): Loader {
  const extension = path.extname(file).replace(/^\.[cm]/, '.')
  if (extension === '.ts') return 'ts'
  if (extension === '.tsx') return 'tsx'
  return extension === '.jsx' ? 'jsx' : 'js'
}
