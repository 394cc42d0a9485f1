import { cp, mkdir, readFile, symlink } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder, writeFiles } from './project.ts'

const own = fileURLToPath(new URL('../../', import.meta.url))

/**
 * The folder of the built moult with what it depends on, and none of its optional packages anywhere above. It goes when
 * the test ends, or with the folder that is given.
 */
export async function installed(inside?: string): Promise<string> {
  const manifest = await readFile(path.join(own, 'package.json'), 'utf8')
  const folder = path.join(inside ?? (await temporaryFolder()), 'project')
  await writeFiles(folder, { 'package.json': manifest })
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
