import type { Bundler } from '../../versions/bundler.ts'
import type { Types } from '../../code/given-jobs.ts'
import type { CodeLine } from '../../code/code-line.ts'
import type { Version } from '../../versions/version.ts'
import { MoultError } from '../../protocol/errors.ts'
import type { SourceSet, TypeFault } from '../../protocol/jobs/typecheck.ts'
import type { MigrationPath } from '../plan/migration-path.ts'

/** Two versions: the newer one takes the state of the older one. */
export interface VersionPair {
  readonly older: Version
  readonly newer: Version
}

/** Proves by their types that versions can take over from each other. */
export class TypeProof {
  readonly #bundler: Bundler
  readonly #checker: Types

  constructor(bundler: Bundler, checker: Types) {
    this.#bundler = bundler
    this.#checker = checker
  }

  /** @throws MoultError `TYPES_DO_NOT_FIT`, `TYPESCRIPT_MISSING`, and errors of the store. */
  async prove(pairs: readonly VersionPair[]): Promise<void> {
    for (const { older, newer } of pairs) {
      const [before, after] = await Promise.all([this.#sources(older), this.#sources(newer)])
      const { root } = newer.image
      const faults = await this.#checker.check({ root, older: before, newer: after })
      const [first] = faults
      if (first !== undefined) throw mismatch(first, faults, older, newer)
    }
  }

  async #sources({ image, declared }: Version): Promise<SourceSet> {
    const { manifest, texts, typings } = await this.#bundler.content(image.hash)
    return { entry: manifest.entry, files: texts, typings, version: declared }
  }
}

/** Each step of each path once, and each whole path: callers do not see the hops between. */
export function pairsOn(
  paths: readonly MigrationPath[],
  line: CodeLine,
  target: Version,
): VersionPair[] {
  const pairs = new Map<string, VersionPair>()
  const add = (older: Version | undefined, newer: Version | undefined): void => {
    if (older === undefined || newer === undefined) return
    pairs.set(`${older.image.url} ${newer.image.url}`, { older, newer })
  }
  for (const { start, hops } of paths) {
    const passed = hops.map(({ version }) => line.get(version))
    const way = [line.get(start), ...passed, target]
    way.slice(1).forEach((newer, index) => add(way[index], newer))
    add(way[0], target)
  }
  return [...pairs.values()]
}

function mismatch(
  { file, line, column, message }: TypeFault,
  faults: readonly TypeFault[],
  older: Version,
  newer: Version,
): MoultError {
  const from = older.contract.version
  const to = newer.contract.version
  const places = faults.map((fault) => {
    return `${fault.file}:${fault.line}:${fault.column}: ${fault.message}\n${fault.frame}`
  })
  const text = `the types of ${to} do not fit those of ${from}:\n${places.join('\n')}`
  const expected = `types that fit ${from}`
  const details = { file, line, column, from, to, expected, received: message }
  return new MoultError('TYPES_DO_NOT_FIT', text, details)
}
