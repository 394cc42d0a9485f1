import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

let folders: readonly string[] | undefined

/** Whether a file is moult's own, or of the pool's threads: a frame there says nothing about the user's file. */
export function isOwnFile(file: string): boolean {
  folders ??= [
    fileURLToPath(new URL('../', import.meta.url)),
    fileURLToPath(new URL('../../workers/', import.meta.url)),
    path.dirname(createRequire(import.meta.url).resolve('piscina')),
  ]
  return folders.some((folder) => file.startsWith(folder))
}
