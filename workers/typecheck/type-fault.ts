import path from 'node:path'
import type ts from 'typescript'
import type { TypeFault } from '../../src/protocol/jobs/typecheck.ts'
import type { TypedVersion, TypeProgram } from './type-program.ts'

/** Lines of source before and behind the one at fault. */
const CONTEXT = 2

/** A message at a place of a source file, under the user's name of the file. */
export function faultAt(
  { older, newer }: Pick<TypeProgram, 'older' | 'newer'>,
  file: ts.SourceFile,
  position: number,
  message: string,
): TypeFault {
  const at = file.getLineAndCharacterOfPosition(position)
  const versions = [newer, older]
  return {
    file: versions.map((version) => realFile(version, file)).find(Boolean) ?? file.fileName,
    line: at.line + 1,
    column: at.character + 1,
    message: versions.reduce((text, { overlay }) => overlay.plain(text), message),
    frame: frameOf(file, at),
  }
}

function realFile({ overlay }: TypedVersion, file: ts.SourceFile): string | undefined {
  const relative = overlay.pathOf(file.fileName)
  return relative === undefined ? undefined : path.normalize(overlay.real(relative))
}

function frameOf(file: ts.SourceFile, at: ts.LineAndCharacter): string {
  const lines = file.text.split(/\r?\n/)
  const first = Math.max(0, at.line - CONTEXT)
  const last = Math.min(lines.length, at.line + CONTEXT + 1)
  const width = String(last).length
  return lines
    .slice(first, last)
    .flatMap((text, index) => {
      const line = first + index
      const isFault = line === at.line
      const numbered = `${isFault ? '>' : ' '} ${String(line + 1).padStart(width)} | ${text}`
      if (!isFault) return [numbered.trimEnd()]
      // Tabs are kept, so that the caret is in the right column.
      const indent = text.slice(0, at.character).replace(/[^\t]/g, ' ')
      return [numbered, `  ${' '.repeat(width)} | ${indent}^`]
    })
    .join('\n')
}
