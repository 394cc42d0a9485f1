import path from 'node:path'

/** A path as the compiler writes it. */
export function withSlashes(file: string): string {
  return file.split(path.sep).join('/')
}
