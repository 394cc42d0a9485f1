import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import path from 'node:path'
import type {
  DynamicImport,
  ImageContent,
  ImagePackage,
  ImageSource,
} from '../../src/protocol/jobs/image.ts'
import { ambientFiles } from '../project/ambient-files.ts'
import { isOwn } from './own-module.ts'
import { packageFolder, packageFolders } from '../project/package-folders.ts'
import { readRegularFile, textIfThere } from './regular-file.ts'
import { TypeResolver } from '../project/type-resolver.ts'
import { absentLoads } from './absent-module.ts'
import type { DynamicLoad } from './dynamic-loads.ts'
import type { Findings } from './findings.ts'
import type { LeftOutside } from './left-outside.ts'

/** The path of an input, which the bundler names with the attributes of its import. */
function withoutAttributes(input: string): string {
  return input.replace(/ with \{ .* \}$/, '')
}

/** The files and npm packages of one image, and the texts of the project's own files. */
export class Closure {
  readonly #root: string
  readonly #inputs: readonly string[]
  /** Texts as the bundler read them; the files may have changed since. */
  readonly #read: Map<string, string>
  readonly #outside: ReadonlySet<string>
  readonly #dynamic: ReadonlyMap<string, readonly DynamicLoad[]>
  readonly #left: LeftOutside

  /** `inputs` are paths relative to `root`. */
  constructor(
    root: string,
    inputs: readonly string[],
    { outside, texts, dynamic }: Findings,
    left: LeftOutside,
  ) {
    this.#root = root
    this.#left = left
    const files = inputs.map(withoutAttributes).filter((input) => {
      return !isOwn(input) && !outside.has(path.resolve(root, input))
    })
    // A module may be imported twice, each time with a query of its own.
    const plain = (input: string): string => input.replace(/[?#].*$/, '')
    const isFile = (input: string): boolean => !texts.has(path.resolve(root, plain(input)))
    this.#inputs = [...new Set(files.map((input) => (isFile(input) ? input : plain(input))))]
    this.#outside = outside
    this.#dynamic = dynamic
    this.#read = new Map(texts)
  }

  sources(): ImageSource[] {
    const sorted = this.#inputs.toSorted()
    return sorted.map((input) => ({ path: input, hash: sha256(this.textOf(input)) }))
  }

  /** The packages of the inputs, and those that stay outside. */
  packages(): ImagePackage[] {
    const bundled = new Set(this.#inputs.flatMap((input) => packageFolder(input) ?? []))
    const others = [...this.#outside].flatMap((file) => packageFolder(this.#relative(file)) ?? [])
    const folders = [...new Set([...bundled, ...others])].sort()
    return folders.map((folder) => this.#package(folder, !bundled.has(folder)))
  }

  /**
   * Places in the inputs that load by names made at run time, or what is not there, in the order of files and lines.
   */
  dynamicImports(): DynamicImport[] {
    return this.#inputs.toSorted().flatMap((input) => {
      const file = path.resolve(this.#root, input)
      const loads = [...(this.#dynamic.get(file) ?? []), ...this.#absentLoads(file)]
      return loads.toSorted(byPlace).map((load) => ({ path: input, ...load }))
    })
  }

  #absentLoads(file: string): DynamicLoad[] {
    const { absent } = this.#left
    return absent.length === 0 ? [] : absentLoads(file, this.textOf(file), absent)
  }

  /**
   * Texts of the project's own sources by path, with the versions of the packages that they import, by folder. Files
   * that declare types only are no inputs of the bundler, but a check of types needs them: they are resolved as the
   * compiler does.
   * @param entry absolute path of the user's file
   */
  async texts(entry: string): Promise<Pick<ImageContent, 'texts' | 'typings'>> {
    const texts: Record<string, string> = {}
    const typings: Record<string, string> = {}
    const resolver = new TypeResolver(this.#root)
    const ambient = await ambientFiles(this.#root, entry)
    const inputs = [...this.#inputs, ...ambient.map((file) => this.#relative(file))]
    const open = inputs.filter((input) => packageFolder(input) === undefined)
    try {
      for (let file = open.pop(); file !== undefined; file = open.pop()) {
        if (Object.hasOwn(texts, file)) continue
        const text = this.#textIfThere(file)
        if (text === undefined) continue
        texts[file] = text
        open.push(...(await this.#declarations(file, text, resolver, typings)))
      }
    } finally {
      await resolver.end()
    }
    return { texts, typings }
  }

  /** The text of one of the files. Its path is absolute or relative to the project's folder. */
  textOf(file: string): string {
    const absolute = path.resolve(this.#root, file)
    const read = this.#read.get(absolute) ?? readRegularFile(absolute).toString()
    this.#read.set(absolute, read)
    return read
  }

  #textIfThere(file: string): string | undefined {
    try {
      return this.textOf(file)
    } catch {
      return undefined
    }
  }

  async #declarations(
    from: string,
    text: string,
    resolver: TypeResolver,
    typings: Record<string, string>,
  ): Promise<string[]> {
    if (!/\.[cm]?[jt]sx?$/.test(from)) return []
    const found: string[] = []
    for (const specifier of specifiersIn(text)) {
      if (/^\.{1,2}(?:\/|$)/.test(specifier)) {
        const target = path.posix.join(path.posix.dirname(from), specifier)
        found.push(...(this.#firstReadable(target) ?? []))
      } else if (specifier !== 'moult' && !isBuiltin(specifier)) {
        found.push(...(await this.#named(specifier, from, resolver, typings)))
      }
    }
    return found
  }

  /**
   * Follows an import that is not relative: a package, whose version is noted, or an alias of a file of the project.
   */
  async #named(
    specifier: string,
    from: string,
    resolver: TypeResolver,
    typings: Record<string, string>,
  ): Promise<readonly string[]> {
    const importer = path.resolve(this.#root, from)
    const installed = this.#installed(specifier, importer)
    for (const [folder, version] of installed) typings[folder] = version
    if (installed.length > 0) return []
    const file = await resolver.resolve(specifier, importer)
    if (file === undefined) return []
    const relative = this.#relative(file)
    if (packageFolder(relative) !== undefined) return []
    return this.#firstReadable(relative) ?? [relative]
  }

  /** Versions of a package and of its declarations, by the folders where the compiler finds them. */
  #installed(specifier: string, importer: string): (readonly [string, string])[] {
    const found: (readonly [string, string])[] = []
    for (const folder of packageFolders(specifier, importer.split(path.sep).join('/'))) {
      const text = textIfThere(path.join(folder, 'package.json'))
      if (text === undefined) continue
      const relative = this.#relative(folder)
      if (found.some(([known]) => isTyped(known) === isTyped(relative))) continue
      // A package of the workspace is a part of the project.
      const real = this.#relative(realpathSync(folder))
      if (packageFolder(`${real}/`) !== undefined) found.push([relative, versionIn(text)])
    }
    return found
  }

  #firstReadable(target: string): readonly [string] | undefined {
    for (const candidate of declarationsOf(target)) {
      const text = this.#textIfThere(candidate)
      if (text !== undefined) return [candidate]
    }
    return undefined
  }

  #package(folder: string, isExternal: boolean): ImagePackage {
    const { name, version } = this.#left.packageIn(path.resolve(this.#root, folder))
    return {
      name: typeof name === 'string' ? name : path.posix.basename(folder),
      version: typeof version === 'string' ? version : '',
      path: folder,
      isExternal,
    }
  }

  #relative(file: string): string {
    return path.relative(this.#root, file).split(path.sep).join('/')
  }
}

/** The specifiers in a text that are imports, or look like imports. */
function specifiersIn(text: string): readonly string[] {
  const imports = text.matchAll(/(?:\bfrom|\bimport|\brequire)\s*\(?\s*['"]([^'"\n]+)['"]/g)
  const references = text.matchAll(/^\s*\/\/\/\s*<reference\s+path\s*=\s*['"]([^'"\n]+)['"]/gm)
  const attachments = [...references].map(([, file = '']) =>
    file.startsWith('.') ? file : `./${file}`,
  )
  return [...new Set([...[...imports].map(([, specifier = '']) => specifier), ...attachments])]
}

function byPlace(one: DynamicLoad, other: DynamicLoad): number {
  return one.line - other.line || one.column - other.column
}

function isTyped(folder: string): boolean {
  return /(?:^|\/)node_modules\/@types\/[^/]+$/.test(folder)
}

function versionIn(packageJson: string): string {
  try {
    return String((JSON.parse(packageJson) as { readonly version?: unknown }).version)
  } catch {
    return ''
  }
}

/** The files in which the compiler looks for the types of an import of `target`, in its order. */
function declarationsOf(target: string): string[] {
  if (/\.[cm]?tsx?$/.test(target)) return [target]
  const [, stem, kind = ''] = /^(.*)\.([cm]?)jsx?$/.exec(target) ?? []
  if (stem !== undefined) {
    return [`.${kind}ts`, ...(kind === '' ? ['.tsx'] : []), `.d.${kind}ts`].map((end) => stem + end)
  }
  const endings = ['.ts', '.tsx', '.d.ts']
  return [...endings, ...endings.map((ending) => `/index${ending}`)].map((end) =>
    path.posix.normalize(target + end),
  )
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
