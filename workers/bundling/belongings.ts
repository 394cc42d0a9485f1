import { existsSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { INSTALLERS, packageIn } from './native-package.ts'

/**
 * Folders of the packages that those in `folders` load when they run where they are, and that these load in turn. Node
 * would have one instance of each.
 */
export function belongings(folders: Iterable<string>): ReadonlySet<string> {
  const open = [...folders]
  const found = new Set<string>()
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const name of dependenciesOf(folder)) {
      const needed = installed(name, folder)
      if (needed === undefined || found.has(needed)) continue
      found.add(needed)
      open.push(needed)
    }
  }
  return found
}

function dependenciesOf(folder: string): string[] {
  const { dependencies, optionalDependencies, peerDependencies } = packageIn(folder)
  const names = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })
  return names.filter((name) => !INSTALLERS.includes(name))
}

/** The real folder of a package as Node finds it from another folder. With forward slashes. */
function installed(name: string, from: string): string | undefined {
  for (let at = from; ; at = path.dirname(at)) {
    const folder = path.join(at, 'node_modules', name)
    if (existsSync(path.join(folder, 'package.json'))) {
      return realpathSync(folder).split(path.sep).join('/')
    }
    if (at === path.dirname(at)) return undefined
  }
}
