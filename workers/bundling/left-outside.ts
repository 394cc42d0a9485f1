import type { Message } from 'esbuild'
import path from 'node:path'
import { packageFolder } from '../project/package-folders.ts'
import type { Findings } from './findings.ts'
import { isNative, packageIn } from './native-package.ts'
import type { PackageJson } from './native-package.ts'

/** What the passes of a build share. */
export interface BuildParts {
  readonly findings: Findings
  readonly outside: LeftOutside
}

/** A literal name that leads nowhere from a file, with what the bundler said of it. */
export interface Absent {
  readonly file: string
  readonly specifier: string
  readonly message: Message
  /** Where the name stands in the text of the file. */
  readonly offset: number
}

/** What stays outside of an image: known from the start, or learnt from one pass of a build for the next. */
export class LeftOutside {
  readonly #names: Set<string>
  /** By the folder of a package, whether all of it stays outside. */
  readonly #folders = new Map<string, boolean>()
  /** What the package.json in a folder says. */
  readonly #packages = new Map<string, PackageJson>()
  readonly #absent = new Map<string, Absent>()
  /** Where patterns stand that no folder fits, by file. */
  readonly #patterns = new Map<string, Set<number>>()
  /** Files that the bundler does not know how to read, and Node does not load before it comes to them. */
  readonly #unread = new Set<string>()
  #learnt = 0

  constructor(external: readonly string[]) {
    this.#names = new Set(external)
  }

  /** Packages that are imported by their place, with their subpaths. */
  get names(): ReadonlySet<string> {
    return this.#names
  }

  get absent(): readonly Absent[] {
    return [...this.#absent.values()]
  }

  /** Grows with all that is learnt. */
  get learnt(): number {
    return this.#learnt
  }

  /** The folder of the package of a file, if all of it stays outside. */
  folderOf(file: string): string | undefined {
    const folder = packageFolder(file.split(path.sep).join('/'))
    if (folder === undefined) return undefined
    const isLeft = this.#folders.get(folder) ?? isNative(folder, this.packageIn(folder))
    this.#folders.set(folder, isLeft)
    return isLeft ? folder : undefined
  }

  packageIn(folder: string): PackageJson {
    const known = this.#packages.get(folder) ?? packageIn(folder)
    this.#packages.set(folder, known)
    return known
  }

  isAbsent(file: string, specifier: string): boolean {
    return this.#absent.has(keyOf(file, specifier))
  }

  isUnread(file: string): boolean {
    return this.#unread.has(file)
  }

  patternsIn(file: string): ReadonlySet<number> {
    return this.#patterns.get(file) ?? NONE
  }

  addName(name: string): void {
    if (this.#names.has(name)) return
    this.#names.add(name)
    this.#learnt++
  }

  addFolder(folder: string): void {
    if (this.#folders.get(folder) === true) return
    this.#folders.set(folder, true)
    this.#learnt++
  }

  addAbsent(absent: Absent): void {
    const key = keyOf(absent.file, absent.specifier)
    if (this.#absent.has(key)) return
    this.#absent.set(key, absent)
    this.#learnt++
  }

  addUnread(file: string): void {
    if (this.#unread.has(file)) return
    this.#unread.add(file)
    this.#learnt++
  }

  /** @param offset where the pattern stands in the text of the file */
  addPattern(file: string, offset: number): void {
    const known = this.patternsIn(file)
    if (known.has(offset)) return
    this.#patterns.set(file, new Set([...known, offset]))
    this.#learnt++
  }

  /** Forgets what led nowhere, which may be there by now, and what was no reason to stay outside. */
  lookAgain(): void {
    for (const [folder, isLeft] of this.#folders) if (!isLeft) this.#folders.delete(folder)
    this.#packages.clear()
    this.#absent.clear()
    this.#patterns.clear()
  }
}

const NONE: ReadonlySet<number> = new Set()

function keyOf(file: string, specifier: string): string {
  return `${file}\n${specifier}`
}
