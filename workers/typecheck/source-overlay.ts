import path from 'node:path'
import type ts from 'typescript'
import type { SourceSet } from '../../src/protocol/jobs/typecheck.ts'
import type { Compiler } from './compiler.ts'
import { LostPackages } from './lost-packages.ts'
import { withSlashes } from '../project/with-slashes.ts'

/** A step out of the project's folder, in a virtual name. */
const UP = '%up'

/**
 * The sources of one version under virtual names, so that two versions of one file can be in one program. Imports are
 * resolved from the real place of a file, so packages, package.json and tsconfig's `paths` work as in the project.
 */
export class SourceOverlay {
  readonly #ts: Compiler
  readonly #root: string
  readonly #folder: string
  readonly #files: Readonly<Record<string, string>>
  readonly #host: ts.ModuleResolutionHost
  /** Packages whose declarations have changed since the version was made. */
  readonly lost: LostPackages
  /** Files that are the same in another version: the program has that version's. */
  #shared: { readonly with: SourceOverlay; readonly paths: ReadonlySet<string> } | undefined

  constructor(ts: Compiler, root: string, name: string, sources: SourceSet) {
    this.#ts = ts
    this.#root = withSlashes(root)
    this.#folder = `${this.#root}/.moult-${name}/`
    this.#files = sources.files
    this.lost = new LostPackages(ts, root, sources)
    this.#host = {
      fileExists: (file) => this.has(file) || ts.sys.fileExists(file),
      readFile: (file) => this.#textAt(file) ?? ts.sys.readFile(file),
      realpath: (file) => this.#realpath(file),
    }
  }

  /** Paths relative to the project's folder. */
  get paths(): readonly string[] {
    return Object.keys(this.#files)
  }

  /** Shares files with another version, so that their declarations are one type, not two. */
  share(other: SourceOverlay, paths: ReadonlySet<string>): void {
    this.#shared = { with: other, paths }
  }

  /** Whether an absolute path of the disk is a source of the version. */
  has(file: string): boolean {
    return this.#relative(file) !== undefined
  }

  /** The text of a path of the set. */
  text(relative: string): string | undefined {
    return Object.hasOwn(this.#files, relative) ? this.#files[relative] : undefined
  }

  /** The compiler's name of a path relative to the project's folder. */
  virtual(relative: string): string {
    if (this.#shared?.paths.has(relative)) return this.#shared.with.virtual(relative)
    return this.#folder + relative.replace(/(?<=^|\.\.\/)\.\.(?=\/)/g, UP)
  }

  /** The path, relative to the project's folder, for a compiler's name of this version; undefined for others. */
  pathOf(virtual: string): string | undefined {
    if (!virtual.startsWith(this.#folder)) return undefined
    return virtual.slice(this.#folder.length).replaceAll(`${UP}/`, '../')
  }

  /** The place on the disk, now or before, of a path of the set. */
  real(relative: string): string {
    return path.posix.join(this.#root, relative)
  }

  /** A text with virtual names replaced by the user's own. */
  plain(text: string): string {
    return text.replaceAll(this.#folder, `${this.#root}/`)
  }

  /** The compiler's name for the target of an import in a file of the set. */
  resolve(
    specifier: string,
    from: string,
    options: ts.CompilerOptions,
    mode?: ts.ResolutionMode,
  ): ts.ResolvedModuleFull | undefined {
    const { resolveModuleName } = this.#ts
    const real = this.real(from)
    if (this.lost.has(specifier, real)) return undefined
    const { resolvedModule } = resolveModuleName(
      specifier,
      real,
      options,
      this.#host,
      undefined,
      undefined,
      mode,
    )
    if (resolvedModule === undefined) return undefined
    const relative = this.#relative(resolvedModule.resolvedFileName)
    if (relative === undefined) return resolvedModule
    return { ...resolvedModule, resolvedFileName: this.virtual(relative) }
  }

  #relative(file: string): string | undefined {
    const relative = path.posix.relative(this.#root, file)
    return Object.hasOwn(this.#files, relative) ? relative : undefined
  }

  #textAt(file: string): string | undefined {
    const relative = this.#relative(file)
    return relative === undefined ? undefined : this.#files[relative]
  }

  #realpath(file: string): string {
    // A file of the set may no longer exist.
    return this.has(file) ? file : (this.#ts.sys.realpath?.(file) ?? file)
  }
}
