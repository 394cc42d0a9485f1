import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { FollowedFiles } from '../../../src/runtime/followed-files.ts'
import { newProject } from '../../support/project.ts'

test('of the changes in a folder only those may be of the program that can change it', async () => {
  const folder = await newProject({
    'main.ts': '',
    'mark.ts': '',
    'other.ts': '',
    'foo.bar.ts': '',
  })
  await mkdir(path.join(folder, 'lib'))
  await writeFile(path.join(folder, 'lib/index.ts'), '')
  const files = ['main.ts', 'mark.ts', 'lib/index.ts', 'missing', 'foo.bar']
  const followed = new FollowedFiles(files.map((file) => path.join(folder, file)))
  const told = (...names: string[]) => names.map((name) => followed.mayBe(folder, name))
  // Its own, and what would be found in place of one.
  const own = ['main.ts', 'mark.ts', 'lib.ts', 'lib', 'missing', 'missing.ts', 'foo.bar.ts']
  expect(told(...own)).toEqual(own.map(() => true))
  // A neighbour, a log, what an editor makes for a moment.
  const others = ['other.ts', 'main.log', 'main.ts~', '4913', 'other']
  expect(told(...others)).toEqual(others.map(() => false))
  // A new file may fit a pattern of an import.
  expect(told('new.ts')).toEqual([true])
  expect(followed.mayBe(path.join(folder, 'lib'), 'index.ts')).toBe(true)
})
