import { readFile } from 'node:fs/promises'
import { SourceMap } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { LocateRequest, OutputPlace } from '../../src/protocol/jobs/locate.ts'
import type { SourceLocation } from '../../src/protocol/jobs/source-location.ts'

/** Finds where places of an image are in its sources, by its source map. Null where a place is in none of them. */
export async function locate({
  file,
  places,
}: LocateRequest): Promise<readonly (SourceLocation | null)[]> {
  const [text, map] = await Promise.all([readFile(file, 'utf8'), readFile(`${file}.map`, 'utf8')])
  const parsed = JSON.parse(map) as ImageMap
  const sourceMap = new SourceMap(parsed)
  const base = new URL(parsed.sourceRoot, pathToFileURL(file))
  const lines = text.split('\n')
  return places.map((place) => {
    const entry = sourceMap.findEntry(place.line - 1, columnOf(place, lines))
    if (!('originalSource' in entry)) return null
    const { originalSource, originalLine, originalColumn } = entry
    const source = fileURLToPath(new URL(originalSource, base))
    return { file: source, line: originalLine + 1, column: originalColumn + 1 }
  })
}

/** The source map of an image. */
type ImageMap = ConstructorParameters<typeof SourceMap>[0] & { readonly sourceRoot: string }

/** From 0. Where only the line is known, it is that of its first statement. */
function columnOf({ line, column }: OutputPlace, lines: readonly string[]): number {
  return column === undefined ? (lines[line - 1] ?? '').search(/\S|$/) : column - 1
}
