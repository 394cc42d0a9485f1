import { lstat, readdir, rm } from 'node:fs/promises'
import path from 'node:path'

/** How a runtime's folder for images begins: the process it belongs to is in the name. */
export const ownPrefix = `moult-${process.pid}-`

const OWNED = /^moult-(\d+)-\w{6}$/
const DAY_MS = 86_400_000

/**
 * Removes folders for images that processes of this user left behind, having been killed. Only those that nobody has touched for a
 * day: a process of another container, which may share the folder for temporary files, is not seen to be alive here.
 */
export async function removeLeftFolders(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => [])
  const left = names.filter((name) => isDead(Number(OWNED.exec(name)?.[1] ?? process.pid)))
  await Promise.all(
    left.map((name) => removeOld(path.join(directory, name)).catch(() => undefined)),
  )
}

function isDead(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

async function removeOld(folder: string): Promise<void> {
  const found = await lstat(folder)
  // Where users have no numbers, each has a folder for temporary files of his own.
  const isOwn = process.getuid === undefined || found.uid === process.getuid()
  const isOld = Date.now() - found.mtimeMs > DAY_MS
  if (found.isDirectory() && isOwn && isOld) await rm(folder, { recursive: true, force: true })
}
