import type ts from 'typescript'
import type { Compiler } from './compiler.ts'
import type { SourceOverlay } from './source-overlay.ts'

/**
 * Paths of files that are the same in both versions, with all their imports. Their declarations have to be one type: a
 * brand or a class with private fields would otherwise not fit itself.
 */
export function sharedSources(
  ts: Compiler,
  options: ts.CompilerOptions,
  one: SourceOverlay,
  other: SourceOverlay,
): ReadonlySet<string> {
  const shared = new Set(one.paths.filter((path) => one.text(path) === other.text(path)))
  // A file with a lost package differs, though its text is the same.
  for (const path of shared) if (importsLost(ts, path, [one, other])) shared.delete(path)
  const imports = new Map(
    [...shared].map((path) => [path, importsOf(ts, options, path, [one, other])]),
  )
  for (let before = -1; before !== shared.size;) {
    before = shared.size
    for (const path of shared) {
      if (!(imports.get(path) ?? []).every((each) => shared.has(each))) shared.delete(path)
    }
  }
  return shared
}

function importsLost(ts: Compiler, from: string, overlays: readonly SourceOverlay[]): boolean {
  return overlays.some((overlay) => {
    if (overlay.lost.size === 0) return false
    const { importedFiles } = ts.preProcessFile(overlay.text(from) ?? '', true, true)
    return importedFiles.some(({ fileName }) => overlay.lost.has(fileName, overlay.real(from)))
  })
}

/** The imports of a file from the sources of either version. */
function importsOf(
  ts: Compiler,
  options: ts.CompilerOptions,
  from: string,
  overlays: readonly SourceOverlay[],
): readonly string[] {
  return overlays.flatMap((overlay) => {
    const { importedFiles } = ts.preProcessFile(overlay.text(from) ?? '', true, true)
    return importedFiles.flatMap(({ fileName }) => {
      const found = overlay.resolve(fileName, from, options)
      return found === undefined ? [] : (overlay.pathOf(found.resolvedFileName) ?? [])
    })
  })
}
