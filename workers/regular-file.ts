import { readFile, stat } from 'node:fs/promises'

/** The bytes of a file. What is none, a pipe for instance, might never end. @throws the system's error, or that it is no file */
export async function readRegularFile(file: string): Promise<Buffer> {
  await checkRegular(file)
  return readFile(file)
}

/** @throws the system's error, or that it is no file */
export async function checkRegular(file: string): Promise<void> {
  if ((await stat(file)).isFile()) return
  const error = new Error('it is a pipe, a device or the like, and no file')
  throw Object.assign(error, { path: file })
}
