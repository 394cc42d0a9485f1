import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { lstat, readFile, readdir, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'

/** When a process began, where the system has no number for it. */
const UNKNOWN = '0'

/** Eight digits that are others on another machine, after another start of it, and in another container. */
const HERE = createHash('sha256').update(place()).digest('hex').slice(0, 8)

/**
 * The prefix of a runtime's folder for images: it names the process, the machine on which its number means that
 * process, and when that process began, for numbers are given again.
 */
export const ownPrefix = `moult-${process.pid}-${HERE}-${ownStart()}-`

const OWNED = /^moult-(\d+)(?:-([0-9a-f]{8})-(\d+))?-\w{6}$/
const DAY_MS = 86_400_000

/**
 * Removes folders for images that killed processes of this user left behind. Whether a process of another machine or
 * container lives, which may share the folder for temporary files, cannot be asked here: its folders go if they were
 * not touched for a day.
 */
export async function removeLeftFolders(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => [])
  await Promise.all(names.map((name) => removeIfLeft(directory, name).catch(() => undefined)))
}

async function removeIfLeft(directory: string, name: string): Promise<void> {
  const [, pid, where, began] = OWNED.exec(name) ?? []
  if (pid === undefined) return
  const isHere = where === HERE
  const isLeft = isHere ? await hasEnded(pid, began) : where !== undefined || isDead(Number(pid))
  if (!isLeft) return
  const folder = path.join(directory, name)
  const found = await lstat(folder)
  // Where users have no numbers, each user has a folder for temporary files.
  const isOwn = process.getuid === undefined || found.uid === process.getuid()
  const isOld = isHere || Date.now() - found.mtimeMs > DAY_MS
  if (found.isDirectory() && isOwn && isOld) await rm(folder, { recursive: true, force: true })
}

/** Whether the process of this machine that began then has ended, though another may have its number by now. */
async function hasEnded(pid: string, began: string | undefined): Promise<boolean> {
  if (isDead(Number(pid))) return true
  if (began === UNKNOWN) return false
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return status === undefined || startIn(status) !== began
}

function isDead(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

function place(): string {
  try {
    const started = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')
    return started + readlinkSync('/proc/self/ns/pid')
  } catch {
    return hostname()
  }
}

function ownStart(): string {
  try {
    return startIn(readFileSync('/proc/self/stat', 'utf8'))
  } catch {
    return UNKNOWN
  }
}

/** The field behind the name of the program, which may hold anything, that tells when it began. None for a dead one. */
function startIn(status: string): string {
  const [state = '', ...fields] = status.slice(status.lastIndexOf(')') + 2).split(' ')
  return 'ZX'.includes(state) ? UNKNOWN : (fields[18] ?? UNKNOWN)
}
