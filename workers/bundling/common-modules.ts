import { build } from '../project/esbuild.ts'
import type { Metafile } from 'esbuild'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { OWN_IMPORT } from './dynamic-loads.ts'
import { decoded } from './output-bytes.ts'
import type { OutputBytes } from './output-bytes.ts'
import { atRoot } from './source-location.ts'

/** The output of a build, with what is needed to put CommonJS modules in it as they are. */
export interface CommonOutput {
  readonly output: OutputBytes
  readonly metafile: Metafile
  readonly root: string
  /** Texts of the CommonJS modules by absolute path. */
  readonly common: ReadonlyMap<string, string>
}

/** What the line ends in that is put in front of the modules of an image. */
export const BANNER_END = '/* image */'

/** The name under which an image knows its runtime. */
const RUNTIME = '__moultImage'

/** A module of the output that esbuild has wrapped, by its place in the output. */
interface Wrapped {
  readonly input: string
  readonly name: string
  readonly start: number
  readonly end: number
}

/**
 * Puts the CommonJS modules of an image in it as texts, which Node compiles under their own names when they are asked
 * for. An image is an ES module, and so strict: in it they would be other programs.
 */
export async function editCommonModules(given: CommonOutput): Promise<void> {
  const { output, common, root } = given
  const wrapped = common.size === 0 ? [] : wrappedIn(given)
  const isText = ({ input }: Wrapped): boolean => common.has(path.resolve(root, input))
  const isNeeded = wrapped.some(isText)
  const ways = isNeeded ? waysIn(given, wrapped) : new Map<string, Way>()
  editNamespaces(output)
  for (const module of isNeeded ? wrapped : []) {
    const { start, end } = module
    if (isText(module)) {
      const lines = '\n'.repeat(linesIn(output.code, start, end))
      output.edit({ start, end, by: definition(module, ways, given) + lines })
    } else {
      // For names that are made when the code runs.
      const file = JSON.stringify(atRoot(path.resolve(root, module.input), root))
      output.edit({ start: end - 1, end: end - 1, by: ` ${RUNTIME}.add(${file}, ${module.name});` })
    }
  }
  if (!isNeeded && !output.code.includes(`${RUNTIME}.`)) return
  const at = output.code.indexOf(BANNER_END) + BANNER_END.length
  output.edit({ start: at, end: at, by: ` ${await runtime()}` })
}

/** What esbuild's wrapper of a CommonJS module begins with. */
const WRAPPER = ' = __commonJS({\n  '

/** The calls of esbuild's wrapper are found by their form, and checked by the lengths that it tells. */
function wrappedIn({ output, metafile }: CommonOutput): readonly Wrapped[] {
  const { code } = output
  const found: Wrapped[] = []
  for (let at = code.indexOf(WRAPPER); at >= 0; at = code.indexOf(WRAPPER, at + 1)) {
    const start = code.lastIndexOf('\n', at) + 1
    const declared = code.slice(start, at)
    const line = code.slice(at + WRAPPER.length, code.indexOf('\n', at + WRAPPER.length))
    const [key] = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')(?=\()/.exec(line) ?? []
    if (!declared.startsWith('var require_') || key === undefined) continue
    const input = decoded(key.slice(1, -1)).replace(/\\(.)/g, '$1')
    const end = start + lengthOf(input, metafile)
    if (code.slice(end - 4, end) !== '});\n') continue
    found.push({ input, name: decoded(declared.slice('var '.length)), start, end })
  }
  return found
}

/** How many bytes of the output are of a module. */
function lengthOf(input: string, { outputs }: Metafile): number {
  return outputs['image.mjs']?.inputs[input]?.bytesInOutput ?? 0
}

/** How a module is evaluated, by its name among the inputs. */
interface Way {
  readonly required: string
  readonly imported: string
}

function waysIn(
  { output: { code }, metafile }: CommonOutput,
  wrapped: readonly Wrapped[],
): ReadonlyMap<string, Way> {
  const ways = new Map<string, Way>()
  for (const { input, name } of wrapped) {
    ways.set(input, { required: name, imported: `async () => __toESM(${name}(), 1)` })
  }
  for (let at = code.indexOf(HEADER); at >= 0; at = code.indexOf(HEADER, at + 1)) {
    const start = code.indexOf('\n', at + 1) + 1
    const input = decoded(code.slice(at + HEADER.length, start - 1))
    if (ways.has(input) || !Object.hasOwn(metafile.inputs, input)) continue
    const way = wayOfModule(code.slice(start, start + lengthOf(input, metafile)))
    if (way !== undefined) ways.set(input, way)
  }
  return ways
}

/** How an ES module is evaluated that waits until it is asked for. */
function wayOfModule(chunk: string): Way | undefined {
  const [, exports] = /^var (\S+) = \{\};\n/.exec(chunk) ?? []
  const [, begin] = /^var (init_\S*) = __esm\(/m.exec(chunk) ?? []
  if (exports === undefined || begin === undefined) return undefined
  const [exported, init] = [decoded(exports), decoded(begin)]
  const value = `"module.exports" in ${exported} ? ${exported}["module.exports"] : __toCommonJS(${exported})`
  return {
    required: `() => (${init}(), ${value})`,
    imported: `async () => (await ${init}(), ${exported})`,
  }
}

/** A module of the output as its text, which the runtime evaluates. */
function definition(
  { input, name, start, end }: Wrapped,
  ways: ReadonlyMap<string, Way>,
  { output: { code }, metafile, root, common }: CommonOutput,
): string {
  const file = path.resolve(root, input)
  const requires = new Map<string, string>()
  const imports = new Map<string, string>()
  for (const { path: target, kind, original } of metafile.inputs[input]?.imports ?? []) {
    const way = ways.get(target)
    if (way === undefined || original === undefined) continue
    if (kind === 'require-call') requires.set(original, way.required)
    if (kind === 'dynamic-import') imports.set(original, way.imported)
  }
  const globs = globsOf(code, code.slice(start, end))
  for (const [id, expression] of globs.requires) requires.set(id, expression)
  for (const [id, expression] of globs.imports) imports.set(id, expression)
  const text = withImports(common.get(file) ?? '', imports.keys())
  const parts = [
    JSON.stringify(atRoot(file, root)),
    JSON.stringify(text),
    table(requires),
    table(imports),
  ]
  return `var ${name} = ${RUNTIME}.define(${parts.join(', ')});`
}

function table(ways: ReadonlyMap<string, string>): string {
  const entries = [...ways].map(([id, expression]) => `${JSON.stringify(id)}: ${expression}`)
  return `() => ({ ${entries.join(', ')} })`
}

/** The files that fit the patterns by which a module loads, as esbuild has found them. */
function globsOf(
  code: string,
  chunk: string,
): {
  readonly requires: ReadonlyMap<string, string>
  readonly imports: ReadonlyMap<string, string>
} {
  const requires = new Map<string, string>()
  const imports = new Map<string, string>()
  for (const [, name = '', kind = ''] of chunk.matchAll(/\b(glob(Require|Import)_[\w$]*)\(/g)) {
    const start = code.indexOf(`${name} = __glob({\n`)
    const lines = code.slice(start, code.indexOf('\n    });', start)).split('\n')
    for (const line of lines) {
      const [, id, expression] = /^ {6}(".*?(?<!\\)"): (.*?),?$/.exec(decoded(line)) ?? []
      if (id === undefined || expression === undefined) continue
      const ways = kind === 'Require' ? requires : imports
      ways.set(String(JSON.parse(id)), expression)
    }
  }
  return { requires, imports }
}

/** Names of files that the bundler has followed are imported from the image. */
function withImports(text: string, names: Iterable<string>): string {
  let result = text
  for (const name of names) {
    const quoted = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    const call = new RegExp(
      `(?<![\\w$.])import(?=\\s*\\(\\s*(?:/\\*[^*]*\\*/\\s*)*(["'\`])${quoted}\\1)`,
      'g',
    )
    result = result.replace(call, OWN_IMPORT)
  }
  return result
}

/** What esbuild writes in front of each module: a line with its name. */
const HEADER = '\n// '

/**
 * Makes esbuild's namespaces more like Node's. That of a CommonJS module has all that it exports as its default, for each
 * importer; that of an ES module says what it is. No line moves.
 */
function editNamespaces(output: OutputBytes): void {
  // esbuild's own functions end where the first module is named.
  const head = output.code.slice(0, Math.max(output.code.indexOf(HEADER), 0))
  const change = (from: string, by: string): void => {
    const start = head.indexOf(from)
    if (start >= 0) output.edit({ start, end: start + from.length, by })
  }
  const isDefault = '__defProp(target, "default", { value: mod, enumerable: true })'
  const isModule = 'mod != null && __hasOwnProp.call(mod, "__esModule")'
  const named = '__defProp(target, "__esModule", { value: mod.__esModule, enumerable: true })'
  change(
    `  isNodeMode || !mod || !mod.__esModule ? ${isDefault} : target,\n`,
    `  (${isModule} && ${named}, ${isDefault}),\n`,
  )
  const each = '    __defProp(target, name, { get: all[name], enumerable: true });\n'
  change(`${each}};`, `${each}  __defProp(target, Symbol.toStringTag, { value: "Module" }); };`)
}

function linesIn(text: string, start: number, end: number): number {
  let count = 0
  for (let at = text.indexOf('\n', start); at >= 0 && at < end; at = text.indexOf('\n', at + 1))
    count++
  return count
}

let runtimeText: Promise<string> | undefined

/** What all of these modules need, as one line. */
function runtime(): Promise<string> {
  runtimeText ??= readRuntime()
  return runtimeText
}

async function readRuntime(): Promise<string> {
  const extension = path.extname(import.meta.url)
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`./image-runtime${extension}`, import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: RUNTIME,
    minifyWhitespace: true,
    platform: 'node',
    target: 'node20.19',
    logLevel: 'silent',
  })
  return outputFiles[0]?.text.trim() ?? ''
}
