import { readFileSync, statSync } from 'node:fs'

// Synchronous: the bundling thread has nothing else to do, and on a busy machine a round trip through Node's threads
// takes many times as long as the read.

/**
 * The bytes of a regular file; a pipe, for instance, might never end.
 * @throws the system's error, or that it is no file
 */
export function readRegularFile(file: string): Buffer {
  checkRegular(file)
  return readFileSync(file)
}

/** @throws the system's error, or that it is no file */
export function checkRegular(file: string): void {
  if (statSync(file).isFile()) return
  const error = new Error('it is a pipe, a device or the like, and no file')
  throw Object.assign(error, { path: file })
}

/** The text of a file, if it can be read. */
export function textIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
