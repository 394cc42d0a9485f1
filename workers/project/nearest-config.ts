import { existsSync } from 'node:fs'
import path from 'node:path'

/**
 * Absolute path of the tsconfig.json that is nearest to a folder, from there upwards. Undefined where there is none.
 * @param root the last folder in which it is looked for. Default: that of the system.
 */
export function nearestConfig(folder: string, root?: string): string | undefined {
  for (let at = folder; ; at = path.dirname(at)) {
    const file = path.join(at, 'tsconfig.json')
    if (existsSync(file)) return file
    if (at === root || at === path.dirname(at)) return undefined
  }
}
