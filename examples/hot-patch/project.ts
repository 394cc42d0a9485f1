import { cp, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** A project in a folder of its own, whose packages can be exchanged without touching this repository's. */
export interface Project extends AsyncDisposable {
  /** Absolute path of the process's file. It is written once and never again. */
  readonly file: string
  /**
   * Puts one of this repository's releases of minimist, named by its alias, where `import 'minimist'` finds it:
   * what `npm install minimist@…` in the project would do, but without a network.
   * @returns the release, by the package's own package.json.
   */
  install(alias: 'minimist-old' | 'minimist-fixed'): Promise<string>
}

/** Makes the project: the desk and a package.json, and no package yet. */
export async function createProject(): Promise<Project> {
  const root = await realpath(await mkdtemp(path.join(tmpdir(), 'moult-hot-patch-')))
  const file = path.join(root, 'desk.ts')
  await writeFile(path.join(root, 'package.json'), '{ "type": "module" }\n')
  await cp(new URL('./desk.ts', import.meta.url), file)
  const installed = path.join(root, 'node_modules', 'minimist')
  return {
    file,
    install: async (alias) => {
      await rm(installed, { recursive: true, force: true })
      await cp(folderOf(alias), installed, { recursive: true })
      const text = await readFile(path.join(installed, 'package.json'), 'utf8')
      return (JSON.parse(text) as { version: string }).version
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}

function folderOf(alias: string): string {
  return path.dirname(fileURLToPath(import.meta.resolve(`${alias}/package.json`)))
}
