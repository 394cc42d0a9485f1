import { build } from '../project/esbuild.ts'
import type { BuildParts } from './left-outside.ts'
import { isModule } from './native-package.ts'
import { atRoot, builtin, urlAtRoot } from './source-location.ts'

/**
 * The text that stands in an image for a file outside of it, if the file stays there: addons, packages that find
 * something by their own place, and files that only Node knows how to read. It loads the file when its turn comes, as Node does.
 */
export async function outsideModule(
  file: string,
  root: string,
  { outside, findings }: BuildParts,
): Promise<string | undefined> {
  const folder = outside.folderOf(file)
  if (folder === undefined && !file.endsWith('.node') && !outside.isUnread(file)) return undefined
  findings.outside.add(file)
  if (folder === undefined || !isModule(file, folder))
    return `module.exports = ${loadOf(file, root)}`
  findings.modules.set(file, nameOf(folder))
  return moduleText(file, root)
}

/** Loads a file by its path. */
function loadOf(file: string, root: string): string {
  const at = JSON.stringify(atRoot(file, root))
  return `${builtin('module')}.createRequire(${at})(${at})`
}

/**
 * Exports what an ES module exports. Its default export is not among all that `*` is. One that cannot be read fails
 * when its turn comes.
 */
async function moduleText(file: string, root: string): Promise<string> {
  const url = JSON.stringify(urlAtRoot(file, root))
  const options = { bundle: false, write: false, metafile: true, logLevel: 'silent' } as const
  const read = build({ entryPoints: [file], ...options, outfile: 'module.js' })
  const built = await read.catch(() => undefined)
  if (built === undefined) return `export default await import(${url})`
  const [output] = Object.values(built.metafile.outputs)
  const isDefault = output?.exports.includes('default') === true
  return `export * from ${url}${isDefault ? `; export { default } from ${url}` : ''}`
}

/** The name under which a package is installed in its folder. */
function nameOf(folder: string): string {
  return folder.slice(folder.lastIndexOf('/node_modules/') + '/node_modules/'.length)
}
