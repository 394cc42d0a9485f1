import { cp, mkdtemp, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** A copy of the plug-ins, for this run edits them. */
export class Folder implements AsyncDisposable {
  readonly path: string

  private constructor(root: string) {
    this.path = path.join(root, 'plugins')
  }

  static async create(): Promise<Folder> {
    const root = await realpath(await mkdtemp(path.join(tmpdir(), 'moult-plugins-')))
    const folder = new Folder(root)
    await writeFile(path.join(root, 'package.json'), '{ "type": "module" }\n')
    await cp(new URL('./plugins', import.meta.url), folder.path, { recursive: true })
    const packages = fileURLToPath(new URL('../../node_modules', import.meta.url))
    await symlink(packages, path.join(root, 'node_modules'), 'junction')
    return folder
  }

  /** Edits a file as an editor does, which replaces it in one go. */
  async edit(name: string, part: string, instead: string): Promise<void> {
    const file = path.join(this.path, name)
    const text = await readFile(file, 'utf8')
    if (!text.includes(part)) throw new Error(`${name} has no ${part}`)
    await writeFile(`${file}.draft`, text.replace(part, instead))
    await rename(`${file}.draft`, file)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(path.dirname(this.path), { recursive: true })
  }
}
