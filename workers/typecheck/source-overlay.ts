import path from 'node:path'
import type ts from 'typescript'
import type { SourceSet } from '../../src/protocol/jobs/typecheck.ts'
import type { Compiler } from './compiler.ts'
import { LostPackages } from './lost-packages.ts'
import { withSlashes } from '../project/with-slashes.ts'

/** A step out of the project's folder, in a virtual name. */
const UP = '%up'

/**
 * The sources of one version as the compiler sees them: under names of their own, which exist nowhere, so that two versions of
 * one file can be in one program. Imports are resolved as if each file were where it really is, so packages, package.json
 * and tsconfig's `paths` mean what they mean to the project.
 */
export class SourceOverlay {
  readonly #ts: Compiler
  readonly #root: string
  readonly #folder: string
  readonly #files: Readonly<Record<string, string>>
  readonly #host: ts.ModuleResolutionHost
  /** Packages of which the declarations are not those that the version was made with. */
  readonly lost: LostPackages
  /** Files that are the same in another version, and are that version's in the program. */
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

  /** Lets the files of these paths be those of another version, so that what they declare is one type and not two. */
  share(other: SourceOverlay, paths: ReadonlySet<string>): void {
    this.#shared = { with: other, paths }
  }

  /** Whether an absolute path of the disk is one of the set. */
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

  /** The path, relative to the project's folder, that a name of the compiler stands for, if it is one of this version's. */
  pathOf(virtual: string): string | undefined {
    if (!virtual.startsWith(this.#folder)) return undefined
    return virtual.slice(this.#folder.length).replaceAll(`${UP}/`, '../../')
  }

  /** Where a path of the set lies on the disk, or did. */
  real(relative: string): string {
    return path.posix.join(this.#root, relative)
  }

  /** A text in which virtual names are the user's own. */
  plain(text: string): string {
    return text.replaceAll(this.#folder, `${this.#root}/`)
  }

  /** What an import in a file of the set means, under the compiler's name. */
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
    // A file of the set need not exist any more.
    return this.has(file) ? file : (this.#ts.sys.realpath?.(file) ?? file)
  }
}
