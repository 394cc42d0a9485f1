import path from 'node:path'

/**
 * Folders that may hold the declarations of a package that a file imports, the nearest first, each with its folder of
 * DefinitelyTyped. Absolute, with forward slashes; empty for a specifier that names no package.
 */
export function packageFolders(specifier: string, from: string): string[] {
  const [name] = /^(?:@[\w.~-]+\/)?[\w~-][\w.~-]*(?=\/|$)/.exec(specifier) ?? []
  if (name === undefined) return []
  const typed = `@types/${name.replace(/^@([^/]+)\//, '$1__')}`
  const folders: string[] = []
  for (let at = path.posix.dirname(from); ; at = path.posix.dirname(at)) {
    folders.push(...[name, typed].map((each) => path.posix.join(at, 'node_modules', each)))
    if (at === path.posix.dirname(at)) return folders
  }
}

/** The folder of the npm package that a file belongs to, if any. With forward slashes. */
export function packageFolder(file: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0]
}
