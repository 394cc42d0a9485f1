import { readdirSync } from 'node:fs'
import path from 'node:path'
import type { Edit } from './text-edits.ts'

/** A load by a name made at run time that may lie in any folder below one. */
export interface WidePattern {
  /** Where the word stands by which it loads. */
  readonly start: number
  readonly word: 'import' | 'require'
  /** As esbuild writes it: `./lib/**\/*.js`. */
  readonly pattern: string
}

/** What the bundler reads as a module. */
const MODULE = /\.(?:[cm]?[jt]sx?|json|node)$/

/**
 * The files that fit a pattern, relative to the folder of its module; undefined where no installed packages lie below.
 * The bundler would take all of these for what fits.
 */
function filesFor({ pattern }: WidePattern, file: string): readonly string[] | undefined {
  const before = pattern.slice(0, pattern.indexOf('*'))
  const base = before.slice(0, before.lastIndexOf('/') + 1)
  const found: string[] = []
  if (!walk(path.resolve(path.dirname(file), base), base, found)) return undefined
  const fits = expressionOf(pattern)
  return found.filter((name) => fits.test(name) && MODULE.test(name)).sort()
}

/** Adds the files below a folder, but for those of packages. Returns whether there are any of these. */
function walk(folder: string, name: string, found: string[]): boolean {
  let hasPackages = false
  for (const entry of entriesOf(folder)) {
    if (entry.isFile()) found.push(name + entry.name)
    // As the bundler does, no link is followed: it may lead back.
    if (!entry.isDirectory()) continue
    const isOfPackages = entry.name === 'node_modules'
    const below = path.join(folder, entry.name)
    if (isOfPackages || walk(below, `${name}${entry.name}/`, found)) hasPackages = true
  }
  return hasPackages
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

function expressionOf(pattern: string): RegExp {
  const parts = pattern.split('**/').map((part) => part.split('*').map(literal).join('[^/]*'))
  return new RegExp(`^${parts.join('(?:[^/]*/)*')}$`)
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

/** Loads by patterns below which packages lie: what stands in their place, and what declares it in front of the module. */
export function ownPatterns(
  patterns: readonly WidePattern[],
  file: string,
): { readonly edits: readonly Edit[]; readonly ways: readonly string[] } {
  const edits: Edit[] = []
  const ways: string[] = []
  for (const wide of patterns) {
    const files = filesFor(wide, file)
    if (files === undefined) continue
    const { start, word } = wide
    const name = `__moultFiles${ways.length}`
    edits.push({ start, end: start + word.length, by: name })
    ways.push(`${name} = ${loaderOf(word, files)}`)
  }
  return { edits, ways }
}

/** A function that loads what fits. */
function loaderOf(word: WidePattern['word'], files: readonly string[]): string {
  const at = word === 'import' ? '__moultUrl' : '__moultFilename'
  const loads = files.map((each) => {
    const name = JSON.stringify(each)
    return `${name}: () => ${word}(${name})`
  })
  return `__moult_${word}_pattern(${at}, { ${loads.join(', ')} })`
}
