import { lstat, readdir, rm } from 'node:fs/promises'
import path from 'node:path'

/** The prefix of a runtime's folder for images: it names the process. */
export const ownPrefix = `moult-${process.pid}-`

const OWNED = /^moult-(\d+)-\w{6}$/
const DAY_MS = 86_400_000

/**
 * Removes folders for images that killed processes of this user left behind, if they were not touched for a day: a live
 * process of another container may share the folder for temporary files.
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
  // Where users have no numbers, each user has a folder for temporary files.
  const isOwn = process.getuid === undefined || found.uid === process.getuid()
  const isOld = Date.now() - found.mtimeMs > DAY_MS
  if (found.isDirectory() && isOwn && isOld) await rm(folder, { recursive: true, force: true })
}
