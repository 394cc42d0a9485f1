import path from 'node:path'
import type { SourceSet } from '../../src/protocol/jobs/typecheck.ts'
import type { Compiler } from './compiler.ts'
import { packageFolders } from '../project/package-folders.ts'
import { withSlashes } from '../project/with-slashes.ts'

/**
 * Packages of a version that are no longer installed, or in another release: their declarations are gone. The compiler
 * does not know their types, nor types that use them.
 */
export class LostPackages {
  readonly #root: string
  readonly #typings: Readonly<Record<string, string>>
  /** By folder, with the release installed there instead. */
  readonly #lost = new Map<string, string | undefined>()

  constructor({ sys }: Compiler, root: string, { typings = {} }: SourceSet) {
    this.#root = withSlashes(root)
    this.#typings = typings
    for (const [folder, version] of Object.entries(typings)) {
      const installed = versionOf(sys.readFile(path.posix.join(this.#root, folder, 'package.json')))
      if (installed !== version) this.#lost.set(folder, installed)
    }
  }

  get size(): number {
    return this.#lost.size
  }

  /** Whether an import of a file leads to a lost package. @param from absolute */
  has(specifier: string, from: string): boolean {
    if (this.size === 0 || specifier.startsWith('.')) return false
    return packageFolders(specifier, from).some((folder) =>
      this.#lost.has(path.posix.relative(this.#root, folder)),
    )
  }

  /** Such as `shape 1.0.0 (2.0.0 is installed)`. */
  toString(): string {
    const all = [...this.#lost].map(([folder, installed]) => {
      const name = folder.replace(/^(?:.*\/)?node_modules\//, '')
      const instead = installed === undefined ? 'it is not installed' : `${installed} is installed`
      return `${name} ${this.#typings[folder] ?? ''} (${instead})`
    })
    return all.join(', ')
  }
}

function versionOf(packageJson: string | undefined): string | undefined {
  if (packageJson === undefined) return undefined
  try {
    return String((JSON.parse(packageJson) as { readonly version?: unknown }).version)
  } catch {
    return ''
  }
}
