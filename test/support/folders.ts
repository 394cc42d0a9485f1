import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

const folders: string[] = []

/** A new folder that goes when the test file has ended, for what may be made before its tests. */
export async function folderOfFile(): Promise<string> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'moult-test-')))
  folders.push(folder)
  return folder
}

/** Removes them. A set-up file calls it: with processes that run several files, modules are made for the first of them only. */
export async function removeFolders(): Promise<void> {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })))
}
