import type { BuildFailure, Message, Metafile } from 'esbuild'
import { createRequire } from 'node:module'
import path from 'node:path'
import { packageFolder } from '../project/package-folders.ts'
import { belongings } from './belongings.ts'
import { absentInput } from './absent-module.ts'
import type { BuildParts } from './left-outside.ts'
import { originalOffset } from './source-location.ts'

/** One pass of a build. */
interface Pass extends BuildParts {
  readonly root: string
  readonly entry: string
}

/** Learns what the next pass does without. False where it would fail again: the errors are the user's. */
export function learnFromErrors(errors: readonly Message[], pass: Pass): boolean {
  const { learnt } = pass.outside
  return errors.every((error) => isLearnt(error, pass)) && pass.outside.learnt > learnt
}

function isLearnt(message: Message, pass: Pass): boolean {
  const { location, text } = message
  if (location === null || location.namespace === 'moult') return false
  const file = path.resolve(pass.root, location.file)
  const offset = originalOffset(file, location, pass.findings)
  const specifier = literalIn(text, /^Could not resolve "(.*)"$/)
  if (specifier !== undefined) {
    pass.outside.addAbsent({ file, specifier, message, offset })
    return true
  }
  if (/^Could not resolve (?:require|import)\(/.test(text)) {
    pass.outside.addPattern(file, offset)
    return true
  }
  const unread = /^No loader is configured for .* files: (.*)$/.exec(text)?.[1]
  if (unread !== undefined && isCall(file, offset, pass)) {
    pass.outside.addUnread(path.resolve(pass.root, unread))
    return true
  }
  const folder = packageFolder(file.split(path.sep).join('/'))
  if (folder !== undefined) pass.outside.addFolder(folder)
  return folder !== undefined
}

/** Whether a name is that of a call, and not of an `import` statement. */
function isCall(file: string, offset: number, { findings }: Pass): boolean {
  return /\(\s*$/.test(findings.texts.get(file)?.slice(0, offset) ?? '')
}

/** Learns what else stays outside with that which does. */
export function learnFromResult(
  { warnings, metafile }: { readonly warnings: readonly Message[]; readonly metafile: Metafile },
  pass: Pass,
): void {
  for (const warning of warnings) learnFromWarning(warning, pass)
  learnFromInputs(metafile, pass)
}

/** What is loaded in a `try` and is not there is asked for again when the code runs: not from the user's file. */
function learnFromWarning(message: Message, { root, entry, findings, outside }: Pass): void {
  const { location, text } = message
  const specifier = literalIn(text, /^Importing "(.*)" was allowed even/)
  if (specifier === undefined || location === null) return
  const file = path.resolve(root, location.file)
  try {
    createRequire(entry).resolve(specifier)
  } catch {
    return
  }
  const offset = originalOffset(file, location, findings)
  outside.addAbsent({ file, specifier, message, offset })
}

function learnFromInputs({ inputs }: Metafile, { root, findings, outside }: Pass): void {
  const left = new Set([...findings.outside].flatMap((file) => outside.folderOf(file) ?? []))
  for (const file of findings.external) {
    const folder = packageFolder(file.split(path.sep).join('/'))
    if (folder !== undefined) left.add(folder)
  }
  if (left.size === 0) return
  const needed = belongings(left)
  for (const [input, { imports }] of Object.entries(inputs)) {
    const folder = packageFolder(path.resolve(root, input).split(path.sep).join('/'))
    if (folder !== undefined && needed.has(folder)) outside.addFolder(folder)
    for (const { path: imported, kind } of imports) {
      const name = findings.modules.get(path.resolve(root, imported))
      if (name !== undefined && kind !== 'import-statement') outside.addName(name)
    }
  }
}

/**
 * Imports that lead nowhere and without which Node would not begin, as failures of the bundler. Others fail when their
 * turn comes, if it comes.
 */
export function neededAtOnce(
  { inputs }: Metafile,
  { root, entry, outside }: Pass,
): readonly BuildFailure[] {
  if (outside.absent.length === 0) return []
  const open = [path.relative(root, entry).split(path.sep).join('/')]
  const reached = new Set(open)
  for (let input = open.pop(); input !== undefined; input = open.pop()) {
    for (const { path: imported, kind } of inputs[input]?.imports ?? []) {
      if (kind !== 'import-statement' || reached.has(imported)) continue
      reached.add(imported)
      open.push(imported)
    }
  }
  const needed = outside.absent.filter(({ file: importer, specifier }) => {
    return reached.has(absentInput({ importer, specifier, kind: 'import-statement' }, root))
  })
  const errors = needed.map(({ message }) => message)
  return errors.length === 0
    ? []
    : [Object.assign(new Error('not found'), { errors, warnings: [] })]
}

/** Names are quoted in the bundler's words. */
function literalIn(text: string, pattern: RegExp): string | undefined {
  const [, quoted] = pattern.exec(text) ?? []
  if (quoted === undefined) return undefined
  try {
    return String(JSON.parse(`"${quoted}"`))
  } catch {
    return quoted
  }
}
