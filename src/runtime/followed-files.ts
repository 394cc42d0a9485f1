import { readdirSync } from 'node:fs'
import path from 'node:path'

/**
 * The files of a program, and what lies beside them. Tells which changes in their folders may change the program: other
 * programs may lie there, too.
 */
export class FollowedFiles {
  readonly #extensions: ReadonlySet<string>
  /** By folder: names of files of the program, with and without their extension, for one may shadow another. */
  readonly #names = new Map<string, Set<string>>()
  /** By folder: what was there when it was looked at. */
  readonly #present = new Map<string, ReadonlySet<string>>()

  /** @param files absolute paths; some may be missing */
  constructor(files: readonly string[]) {
    this.#extensions = new Set(files.map((file) => path.extname(file)))
    for (const file of files) {
      const { dir, name, base } = path.parse(file)
      this.#add(dir, base, name)
      // A file with the name of the folder would be found before its index.
      if (name === 'index') this.#add(path.dirname(dir), path.basename(dir))
      if (!this.#present.has(dir)) this.#present.set(dir, namesIn(dir))
    }
  }

  /** Whether a change of this name in a folder may change the program. */
  mayBe(folder: string, name: string): boolean {
    const { name: stem, ext } = path.parse(name)
    const own = this.#names.get(folder)
    if (ext !== '' && !this.#extensions.has(ext)) return false
    if (own?.has(name) === true || own?.has(stem) === true) return true
    // A new file may fit a pattern by which the program imports.
    return ext !== '' && this.#present.get(folder)?.has(name) !== true
  }

  #add(folder: string, ...names: string[]): void {
    const own = this.#names.get(folder) ?? new Set()
    for (const name of names) own.add(name)
    this.#names.set(folder, own)
  }
}

function namesIn(folder: string): ReadonlySet<string> {
  try {
    return new Set(readdirSync(folder))
  } catch {
    // It is missing, or has gone.
    return new Set()
  }
}
