import { stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { makeFolder } from '../../../workers/bundling/make-folder.ts'
import { temporaryFolder } from '../../support/project.ts'

test('a folder is made with those above it, by many at once, and again', async () => {
  const folder = path.join(await temporaryFolder(), 'a', 'b', 'c')
  await Promise.all(Array.from({ length: 20 }, () => makeFolder(folder)))
  await makeFolder(folder)
  expect((await stat(folder)).isDirectory()).toBe(true)
})

test('a file in the way is the system’s error', async () => {
  const file = path.join(await temporaryFolder(), 'file')
  await writeFile(file, '')
  await expect(makeFolder(file)).rejects.toMatchObject({ code: 'EEXIST' })
  await expect(makeFolder(path.join(file, 'below'))).rejects.toMatchObject({ syscall: 'mkdir' })
})

test.runIf(process.platform === 'linux').each(['/proc/nope', '/proc/nope/below'])(
  '%s, which the system refuses as if its parent were not there, is refused',
  async (folder) => {
    await expect(makeFolder(folder)).rejects.toMatchObject({ code: 'ENOENT' })
  },
)
