import { cp, mkdir, readFile, symlink } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { newProject } from './project.ts'

const own = fileURLToPath(new URL('../../', import.meta.url))

/** The folder of the built moult with what it depends on, and none of its optional packages anywhere above. */
export async function installed(): Promise<string> {
  const manifest = await readFile(path.join(own, 'package.json'), 'utf8')
  const folder = await newProject({ 'package.json': manifest })
  // The sources too, for the source maps name them.
  for (const each of ['dist', 'src', 'workers']) {
    await cp(path.join(own, each), path.join(folder, each), { recursive: true })
  }
  const { dependencies } = JSON.parse(manifest) as { dependencies: Record<string, string> }
  for (const name of Object.keys(dependencies)) {
    const link = path.join(folder, 'node_modules', name)
    await mkdir(path.dirname(link), { recursive: true })
    await symlink(path.join(own, 'node_modules', name), link, 'junction')
  }
  return folder
}
