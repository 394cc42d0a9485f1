import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { outermost } from '../options/folders.ts'
import type { PermissionSet } from '../options/permissions.ts'

/**
 * The flags of a thread that may do so much and no more, and may read `own` files beside.
 *
 * - From Node 22 on a restricted thread may read the working directory and all in it: Node takes that for the main file
 *   of a thread, which has none on its command line. With `--interactive` it looks for no main file, and a thread does
 *   nothing else by that flag.
 * - Of paths within others Node allows less, and for one that is named twice it ends the whole process.
 * - Node warns of each of these flags in each thread. They were asked for.
 */
export function permissionFlags(permissions: PermissionSet, own: readonly string[]): string[] {
  const { read, write, childProcess, worker, net, addons } = permissions
  const tellsNet = net && canDenyNet()
  return [
    isStable() ? '--permission' : '--experimental-permission',
    '--interactive',
    '--disable-warning=SecurityWarning',
    ...(isStable() && !tellsNet ? [] : ['--disable-warning=ExperimentalWarning']),
    ...fileFlags('--allow-fs-read', read === true || [...own, ...(read || [])]),
    ...fileFlags('--allow-fs-write', write),
    ...(childProcess ? ['--allow-child-process'] : []),
    ...(worker ? ['--allow-worker'] : []),
    ...(addons ? ['--allow-addons'] : []),
    ...(tellsNet ? ['--allow-net'] : []),
  ]
}

function fileFlags(flag: string, files: PermissionSet['read']): string[] {
  if (files === false) return []
  if (files === true) return [`${flag}=*`]
  return outermost(files).map((file) => `${flag}=${file}`)
}

/** Whether this Node can keep a thread from the network. */
export function canDenyNet(): boolean {
  return process.allowedNodeEnvironmentFlags.has('--allow-net')
}

function isStable(): boolean {
  return process.allowedNodeEnvironmentFlags.has('--permission')
}

/** A path as it is named, and where its links lead: Node reads a module from there. */
export function withRealPath(file: string): string[] {
  return [...new Set([file, realpathSync(file)])]
}

let ownFiles: readonly string[] | undefined

/** The files of moult and of the packages that its threads import. */
export function filesOfThreads(): readonly string[] {
  ownFiles ??= [
    ...withRealPath(fileURLToPath(new URL('../../', import.meta.url))),
    ...['piscina', 'comlink'].flatMap(packageFolder),
  ]
  return ownFiles
}

/** The folder of a package as Node looks it up from here: a link, where a package manager has made one. */
function packageFolder(name: string): readonly string[] {
  const lookedThrough = createRequire(import.meta.url).resolve.paths(name) ?? []
  const found = lookedThrough
    .map((folder) => path.join(folder, name))
    .find((each) => existsSync(each))
  return found === undefined ? [] : withRealPath(found)
}
