import { readdirSync } from 'node:fs'
import type { Dirent } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { nearestConfig } from './nearest-config.ts'

/** The fields of a tsconfig.json that name the files of a project. */
interface Configuration {
  readonly extends?: string | readonly string[]
  readonly files?: readonly string[]
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
  readonly compilerOptions?: { readonly outDir?: string; readonly declarationDir?: string }
}

/**
 * Absolute paths of declaration files that may belong to a project without being imported, by the nearest
 * tsconfig.json. The compiler decides which of them do; here they are only kept as they were.
 * @param entry absolute path of the user's file
 */
export async function ambientFiles(root: string, entry: string): Promise<string[]> {
  const config = nearestConfig(path.dirname(entry), root)
  if (config === undefined) return []
  const { files = [], include, exclude = [], compilerOptions } = await readConfig(config)
  const folder = path.dirname(config)
  const inside = (name: string): string => path.resolve(folder, name)
  const included = include ?? (files.length > 0 ? [] : ['.'])
  const { outDir, declarationDir } = compilerOptions ?? {}
  const left = [...exclude, outDir ?? [], declarationDir ?? []].flat().map(inside)
  const found = included.flatMap((pattern) => {
    return declarationsIn(inside(withoutPattern(pattern)), new Set(left), depthOf(pattern))
  })
  return [...new Set([...files.filter(isDeclaration).map(inside), ...found])].sort()
}

/** Reads a configuration with the files that it extends; those of packages name no files of a project. */
async function readConfig(file: string, depth = 0): Promise<Configuration> {
  const own = parse(await readFile(file, 'utf8').catch(() => ''))
  const bases = [own.extends ?? []].flat().filter((base) => /^\.|^\//.test(base))
  let inherited: Configuration = {}
  for (const base of depth > 8 ? [] : bases) {
    const named = path.resolve(path.dirname(file), base)
    const found = await readConfig(named.endsWith('.json') ? named : `${named}.json`, depth + 1)
    inherited = { ...inherited, ...relocated(found, path.dirname(named)) }
  }
  return { ...inherited, ...own }
}

/** A configuration with its paths relative to its own folder. */
function relocated({ files, include, exclude, ...rest }: Configuration, folder: string) {
  const moved = (names: readonly string[] | undefined) =>
    names?.map((each) => path.resolve(folder, each))
  const all = { files: moved(files), include: moved(include), exclude: moved(exclude) }
  const known = Object.entries(all).filter(([, names]) => names !== undefined)
  return { ...rest, ...(Object.fromEntries(known) as Configuration) }
}

/** Parses JSON with comments and trailing commas. The compiler reports other errors. */
function parse(text: string): Configuration {
  const plain = text
    .replace(/^\ufeff/, '')
    .replace(
      /("(?:[^"\\\n]|\\.)*")|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
      (_, string?: string) => string ?? '',
    )
    .replace(/("(?:[^"\\\n]|\\.)*")|,(?=\s*[}\]])/g, (_, string?: string) => string ?? '')
  try {
    const parsed: unknown = JSON.parse(plain)
    return typeof parsed === 'object' && parsed !== null ? parsed : {}
  } catch {
    return {}
  }
}

/** The folder, or the file, at which a pattern begins. */
function withoutPattern(pattern: string): string {
  const parts = pattern.split('/')
  const wild = parts.findIndex((part) => /[*?]/.test(part))
  return (
    (wild < 0 ? parts : parts.slice(0, wild)).join('/') || (pattern.startsWith('/') ? '/' : '.')
  )
}

/** How many folders below that a pattern reaches: none for `*.ts`. */
function depthOf(pattern: string): number {
  const wild = pattern.split('/').filter((part) => /[*?]/.test(part))
  return wild.length === 0 || wild.includes('**') ? Infinity : wild.length - 1
}

/** Finds declarations folder by folder. Synchronous: this thread has nothing else to do, and that is faster. */
function declarationsIn(place: string, left: ReadonlySet<string>, depth: number): string[] {
  if (isDeclaration(place)) return [place]
  return entriesOf(place).flatMap((entry) => {
    const inner = path.join(place, entry.name)
    if (left.has(inner) || entry.name.startsWith('.') || entry.name === 'node_modules') return []
    if (entry.isDirectory()) return depth > 0 ? declarationsIn(inner, left, depth - 1) : []
    return isDeclaration(entry.name) ? [inner] : []
  })
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

function isDeclaration(name: string): boolean {
  return /\.d\.[cm]?ts$/.test(name)
}
