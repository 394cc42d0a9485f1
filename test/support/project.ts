import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeAll, onTestFinished } from 'vitest'

/** What is taken for a project without a tsconfig.json, but for the browser's declarations: to bind those for each check takes as long as the check. */
export const lean = {
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      strict: true,
      target: 'es2022',
      module: 'preserve',
      lib: ['esnext'],
      types: [],
    },
  }),
}

/** A new folder that goes when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'test-of-moult-')))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A new folder for all tests of a block. */
export function folderOfBlock(): () => string {
  let folder = ''
  beforeAll(async () => {
    folder = await realpath(await mkdtemp(path.join(tmpdir(), 'test-of-moult-')))
    return () => rm(folder, { recursive: true, force: true })
  })
  return () => folder
}

/** Writes files, named by their paths in `folder`. */
export async function writeFiles(folder: string, files: Record<string, string>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true })
    await writeFile(path.join(folder, file), text)
  }
}

/** The folder of a new project with these files and a package.json. It lies `inside` a folder that goes when the test ends. */
export async function newProject(
  files: Record<string, string>,
  inside = 'project',
): Promise<string> {
  const root = path.join(await temporaryFolder(), inside)
  await writeFiles(root, { 'package.json': '{}', ...files })
  return root
}
