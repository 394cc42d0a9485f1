import path from 'node:path'

/** Whether an absolute path is a folder or lies in it, by what the paths say. */
export function isWithin(file: string, folder: string): boolean {
  const way = path.relative(folder, file)
  return way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way)
}

/** Each of these paths that lies in no other, once. */
export function outermost(files: readonly string[]): string[] {
  const distinct = [...new Set(files.map((file) => path.resolve(file)))]
  return distinct.filter(
    (file) => !distinct.some((other) => other !== file && isWithin(file, other)),
  )
}
