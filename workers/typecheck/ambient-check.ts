import type { TypeFault } from '../../src/protocol/jobs/typecheck.ts'
import { changedGlobals, mentions } from './global-declarations.ts'
import { faultAt } from './type-fault.ts'
import type { TypeProgram } from './type-program.ts'

/**
 * Faults for global declarations that have changed since the older version. One program has one declaration of a name,
 * so nothing can be proved about sources that use the other one.
 */
export function ambientFaults(program: TypeProgram): readonly TypeFault[] {
  const { ts, ambient, older, newer } = program
  const removed = older.overlay.paths.filter((path) => {
    return isDeclaration(path) && newer.overlay.text(path) === undefined
  })
  const paths = [...new Set([...ambient, ...removed])].filter((path) => {
    // Files that neither version has come from the disk, for both.
    return [older, newer].some(({ overlay }) => overlay.text(path) !== undefined)
  })
  const before = paths.map((path) => older.overlay.text(path) ?? '')
  const after = paths.map((path) => newer.overlay.text(path) ?? onDisk(program, path))
  const changed = changedGlobals(ts, before, after)
  if (changed.size === 0) return []
  for (const path of older.overlay.paths.filter((each) => !paths.includes(each))) {
    const text = older.overlay.text(path) ?? ''
    const name = [...changed].find((each) => mentions(text, each))
    if (name === undefined) continue
    const message = `${path} of ${older.version ?? 'the older version'} uses ${name}, which is declared for all of the project and has changed since: nothing can be proved of it; expected a type that is imported`
    return [faultAt(program, newer.entry, 0, message)]
  }
  return []
}

function onDisk({ ts, ambient, newer }: TypeProgram, path: string): string {
  return ambient.includes(path) ? (ts.sys.readFile(newer.overlay.real(path)) ?? '') : ''
}

function isDeclaration(path: string): boolean {
  return /\.d\.[cm]?ts$/.test(path)
}
