import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { DynamicImport, ImagePackage, ImageSource } from '../src/protocol/image.ts'
import { OWN_NAMESPACE } from './own-module.ts'
import type { DynamicLoad } from './dynamic-loads.ts'
import type { Findings } from './findings.ts'

/** All that one image was made of: files, npm packages, and the texts of the project's own. */
export class Closure {
  readonly #root: string
  readonly #inputs: readonly string[]
  /** Texts as the bundler read them, whatever has become of the files since. */
  readonly #read: Map<string, string>
  readonly #outside: ReadonlySet<string>
  readonly #dynamic: ReadonlyMap<string, readonly DynamicLoad[]>

  /** `inputs` are paths relative to `root`. */
  constructor(root: string, inputs: readonly string[], { outside, texts, dynamic }: Findings) {
    this.#root = root
    this.#inputs = inputs.filter((input) => !input.startsWith(`${OWN_NAMESPACE}:`))
    this.#outside = outside
    this.#dynamic = dynamic
    this.#read = new Map(texts)
  }

  async sources(): Promise<ImageSource[]> {
    const sorted = this.#inputs.toSorted()
    return Promise.all(
      sorted.map(async (input) => ({ path: input, hash: sha256(await this.textOf(input)) })),
    )
  }

  /** The packages of the inputs, and of files that stay outside. */
  async packages(): Promise<ImagePackage[]> {
    const bundled = new Set(this.#inputs.flatMap((input) => packageFolder(input) ?? []))
    const others = [...this.#outside].flatMap((file) => packageFolder(this.#relative(file)) ?? [])
    const folders = [...new Set([...bundled, ...others])].sort()
    return Promise.all(folders.map((folder) => this.#package(folder, !bundled.has(folder))))
  }

  /** Where the inputs load what is known only when they run, in the order of files and lines. */
  dynamicImports(): DynamicImport[] {
    return this.#inputs.toSorted().flatMap((input) => {
      const loads = this.#dynamic.get(path.resolve(this.#root, input)) ?? []
      return loads.map((load) => ({ path: input, ...load }))
    })
  }

  /**
   * Texts of the project's own sources by path. Imports of types alone are no input of the bundler, but a check of types
   * needs them: relative ones are followed.
   */
  async texts(): Promise<Record<string, string>> {
    const texts: Record<string, string> = {}
    const open = this.#inputs.filter((input) => packageFolder(input) === undefined)
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (Object.hasOwn(texts, file)) continue
      const text = await this.textOf(file).catch(() => undefined)
      if (text === undefined) continue
      texts[file] = text
      open.push(...(await this.#declarations(file, text)))
    }
    return texts
  }

  /** The text of one of the files, named by a path that is absolute or relative to the project's folder. */
  async textOf(file: string): Promise<string> {
    const absolute = path.resolve(this.#root, file)
    const read = this.#read.get(absolute) ?? (await readFile(absolute, 'utf8'))
    this.#read.set(absolute, read)
    return read
  }

  async #declarations(from: string, text: string): Promise<string[]> {
    if (!/\.[cm]?tsx?$/.test(from)) return []
    const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*['"](\.{1,2}(?:\/[^'"]*)?)['"]/g)]
    const found = specifiers.map(([, specifier = '']) => {
      return this.#firstReadable(path.posix.join(path.posix.dirname(from), specifier))
    })
    return (await Promise.all(found)).flatMap((file) => file ?? [])
  }

  async #firstReadable(target: string): Promise<string | undefined> {
    for (const candidate of declarationsOf(target)) {
      const text = await this.textOf(candidate).catch(() => undefined)
      if (text !== undefined) return candidate
    }
    return undefined
  }

  async #package(folder: string, isExternal: boolean): Promise<ImagePackage> {
    const file = path.resolve(this.#root, folder, 'package.json')
    const text = await readFile(file, 'utf8').catch(() => '{}')
    const { name, version } = JSON.parse(text) as { name?: string; version?: string }
    return {
      name: name ?? path.posix.basename(folder),
      version: version ?? '',
      path: folder,
      isExternal,
    }
  }

  #relative(file: string): string {
    return path.relative(this.#root, file).split(path.sep).join('/')
  }
}

/** Where the compiler looks for the types of what is imported as `target`, in its order. */
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

/** The folder of the npm package a file belongs to, if any. */
function packageFolder(file: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0]
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
