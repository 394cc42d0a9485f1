import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir, readFile, readdir, symlink, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Writable } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { ownPrefix, removeLeftFolders } from '../../../src/versions/left-folders.ts'
import { temporaryFolder } from '../../support/project.ts'

const isLinux = process.platform === 'linux'
const [, , here = '', began = ''] = ownPrefix.split('-')

/** The id of a process that has ended. */
const { pid: dead } = spawnSync(process.execPath, ['--version'])
const now = new Date()
const old = new Date(now.getTime() - 2 * 86_400_000)

async function folderIn(directory: string, name: string, touched = now): Promise<void> {
  const folder = path.join(directory, name)
  await mkdir(folder)
  await writeFile(path.join(folder, 'image.mjs'), '')
  await utimes(folder, touched, touched)
}

async function left(folders: readonly (readonly [string, Date?])[]): Promise<string[]> {
  const directory = await temporaryFolder()
  for (const [name, touched] of folders) await folderIn(directory, name, touched)
  await removeLeftFolders(directory)
  return readdir(directory)
}

test('what a dead process of this machine has left goes at once', async () => {
  expect(
    await left([[`moult-${dead}-${here}-${began}-abc123`], [`moult-${dead}-${here}-0-ABCDEF`]]),
  ).toEqual([])
})

test('what lives stays, however old', async () => {
  const name = `${ownPrefix}abc123`
  expect(await left([[name, old]])).toEqual([name])
})

test.runIf(isLinux)(
  'a process that was given the number of a dead one keeps nothing of it',
  async () => {
    const names = [process.pid, process.ppid].map((pid) => `moult-${pid}-${here}-1-abc123`)
    expect(await left(names.map((name) => [name] as const))).toEqual([])
  },
)

test.runIf(isLinux)('a process that has ended and was not waited for is dead', async () => {
  const parent = spawn('sh', ['-c', 'cat <&3 & echo $!; exec sleep 1000'], {
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  })
  onTestFinished(async () => {
    parent.kill()
    await once(parent, 'exit')
  })
  const [printed] = (await once(parent.stdout!, 'data')) as [Buffer]
  const pid = printed.toString().trim()
  const status = (of: string | number = pid): Promise<string> => {
    return readFile(`/proc/${of}/stat`, 'utf8')
  }
  // The shell would wait for its child; what takes its place does not.
  await expect.poll(() => status(parent.pid)).toContain('(sleep)')
  ;(parent.stdio[3] as Writable).end()
  await expect.poll(() => status()).toContain(') Z ')
  const start = (await status()).split(' ')[21]
  expect(await left([[`moult-${pid}-${here}-${start}-abc123`]])).toEqual([])
})

test('what another machine, or a release that did not name it, has left goes when it is old', async () => {
  const elsewhere = `moult-${process.pid}-00000000-${began}-`
  const unnamed = [`moult-${dead}-`, `moult-${process.pid}-`]
  const kept = [`${elsewhere}newone`, `${unnamed[0]}newone`, `${unnamed[1]}oldone`]
  const folders = [
    [kept[0]!],
    [kept[1]!],
    [kept[2]!, old],
    [`${elsewhere}oldone`, old],
    [`${unnamed[0]}oldone`, old],
  ] as const
  expect((await left(folders)).sort()).toEqual(kept.sort())
})

test('what moult has not made stays', async () => {
  const directory = await temporaryFolder()
  const other = `other-${dead}-${here}-${began}-abc123`
  const kept = [
    other,
    `moult-${dead}-images-of-mine`,
    'moult-abc123',
    `moult-${dead}-${here}-x-abc123`,
  ]
  for (const name of kept) await folderIn(directory, name, old)
  const [file, link] = ['a_file', 'a_link'].map((end) => `moult-${dead}-${here}-${began}-${end}`)
  await writeFile(path.join(directory, file!), '')
  await symlink(path.join(directory, other), path.join(directory, link!))
  await removeLeftFolders(directory)
  expect((await readdir(directory)).sort()).toEqual([...kept, file!, link!].sort())
  expect(await readdir(path.join(directory, other))).toEqual(['image.mjs'])
})

test.runIf(process.getuid?.() === 0)('what another user has left stays', async () => {
  const directory = await temporaryFolder()
  const name = `moult-${dead}-${here}-${began}-abc123`
  await folderIn(directory, name, old)
  await chown(path.join(directory, name), 12_345, 12_345)
  await removeLeftFolders(directory)
  expect(await readdir(directory)).toEqual([name])
})

test('several that clean up at once do so', async () => {
  const directory = await temporaryFolder()
  for (let at = 10; at < 40; at++)
    await folderIn(directory, `moult-${dead}-${here}-${began}-abcd${at}`)
  await Promise.all([1, 2, 3].map(() => removeLeftFolders(directory)))
  expect(await readdir(directory)).toEqual([])
})

test('a folder that is not there is no fault', async () => {
  await removeLeftFolders(path.join(await temporaryFolder(), 'none'))
})
