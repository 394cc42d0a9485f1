import { spawnSync } from 'node:child_process'
import { mkdir, readdir, symlink, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ownPrefix, removeLeftFolders } from '../../../src/versions/left-folders.ts'
import { temporaryFolder } from '../../support/project.ts'

/** The id of a process that has ended. */
const { pid: dead } = spawnSync(process.execPath, ['--version'])
const old = new Date(Date.now() - 2 * 86_400_000)

async function folderIn(directory: string, name: string, touched = old): Promise<void> {
  const folder = path.join(directory, name)
  await mkdir(folder)
  await writeFile(path.join(folder, 'image.mjs'), '')
  await utimes(folder, touched, touched)
}

test('what a dead process has left goes; what is alive, new, or another’s stays', async () => {
  const directory = await temporaryFolder()
  await folderIn(directory, `moult-${dead}-abc123`)
  await folderIn(directory, `moult-${dead}-ABCDEF`)
  const kept = [
    `${ownPrefix}abc123`,
    `moult-${process.ppid}-abc123`,
    `moult-${dead}-images-of-mine`,
    `moult-abc123`,
    `other-${dead}-abc123`,
  ]
  for (const name of kept) await folderIn(directory, name)
  await folderIn(directory, `moult-${dead}-newone`, new Date())
  await writeFile(path.join(directory, `moult-${dead}-a_file`), '')
  await symlink(path.join(directory, kept[4]!), path.join(directory, `moult-${dead}-a_link`))
  await removeLeftFolders(directory)
  const others = ['newone', 'a_file', 'a_link'].map((each) => `moult-${dead}-${each}`)
  expect((await readdir(directory)).sort()).toEqual([...kept, ...others].sort())
  expect(await readdir(path.join(directory, kept[4]!))).toEqual(['image.mjs'])
})

test('a folder that is not there is no fault', async () => {
  await removeLeftFolders(path.join(await temporaryFolder(), 'none'))
})
