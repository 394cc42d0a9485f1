import type { Message, Metafile } from 'esbuild'
import path from 'node:path'
import { packageFolder } from '../project/package-folders.ts'
import type { Findings } from './findings.ts'
import { textIfThere } from './regular-file.ts'

/**
 * Learns whether a package of the project itself says that its modules do nothing when they are evaluated. It says so to
 * bundlers, which leave them out. Node evaluates them.
 * @returns whether the next build has to keep them
 */
export function learnEffects(
  { metafile, warnings }: { readonly metafile: Metafile; readonly warnings: readonly Message[] },
  root: string,
  findings: Findings,
): boolean {
  if (findings.keepsEffects) return false
  findings.keepsEffects = isLeftOut(warnings) || foldersOf(metafile, root).some(isWithoutEffects)
  return findings.keepsEffects
}

function isLeftOut(warnings: readonly Message[]): boolean {
  return warnings.some(({ id, notes }) => {
    return id === 'ignored-bare-import' && notes.some(({ location }) => isOwn(location?.file ?? ''))
  })
}

function foldersOf({ inputs }: Metafile, root: string): readonly string[] {
  // What has a namespace lies in no folder.
  const files = Object.keys(inputs).filter((input) => isOwn(input) && !/^[\w-]{2,}:/.test(input))
  return [...new Set(files.map((input) => path.dirname(path.resolve(root, input))))]
}

function isOwn(file: string): boolean {
  return file !== '' && packageFolder(file) === undefined
}

function isWithoutEffects(start: string): boolean {
  for (let folder = start; ; folder = path.dirname(folder)) {
    const text = textIfThere(path.join(folder, 'package.json'))
    if (text !== undefined) return /"sideEffects"\s*:\s*(?!true\b)/.test(text)
    if (folder === path.dirname(folder)) return false
  }
}
