import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Entered } from './coverage.ts'

/** A function of moult's own, in the file it was built from. */
export interface OwnEntered {
  /** Without its extension: `src/population`. */
  readonly file: string
  readonly name: string
  readonly entries: number
}

/** A built script: where its lines begin, and what they were made of. */
interface Script {
  readonly lineStarts: readonly number[]
  readonly map: SourceMap
}

/** Tells which of moult's files a function stands in. Some built scripts are many files in one. */
export class Attribution {
  readonly #dist: string
  readonly #scripts = new Map<string, Script>()

  constructor(dist: string) {
    this.#dist = dist
  }

  /** Of moult's own functions only, those of several threads as one. */
  own(entered: readonly Entered[]): OwnEntered[] {
    const functions = new Map<string, OwnEntered>()
    for (const { url, name, offset, entries } of entered) {
      const script = fileURLToPath(url)
      if (!script.startsWith(`${this.#dist}${path.sep}`)) continue
      const key = `${url}:${offset}`
      const known = functions.get(key) ?? { file: this.#fileAt(script, offset), name, entries: 0 }
      functions.set(key, { ...known, entries: known.entries + entries })
    }
    return [...functions.values()]
  }

  #fileAt(script: string, offset: number): string {
    const { lineStarts, map } = this.#read(script)
    const line = lineStarts.findLastIndex((start) => start <= offset)
    const entry = map.findEntry(line, offset - (lineStarts[line] ?? 0))
    const source = 'originalSource' in entry ? entry.originalSource : script
    const file = path.resolve(path.dirname(script), source)
    const root = path.dirname(this.#dist)
    return path.relative(root, file).replace(/\.[cm]?[jt]s$/, '')
  }

  #read(script: string): Script {
    const known = this.#scripts.get(script)
    if (known !== undefined) return known
    const text = readFileSync(script, 'utf8')
    const lineStarts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)]
    const json = JSON.parse(readFileSync(`${script}.map`, 'utf8')) as ConstructorParameters<
      typeof SourceMap
    >[0]
    const read = { lineStarts, map: new SourceMap(json) }
    this.#scripts.set(script, read)
    return read
  }
}
