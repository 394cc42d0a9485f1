import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** A program whose two versions differ in nothing but their names. Absolute paths. */
export interface Program {
  readonly name: string
  readonly files: readonly [v1: string, v2: string]
}

const FILES = 100
/** Lines of each of many files: some 2 kB. */
const LINES = 40

// Inside the package: the definitions import it, and npm packages, by name.
const folder = fileURLToPath(new URL('../results/local/load/', import.meta.url))

/** Writes the programs that are loaded, from one file to a tree of npm packages. */
export function writePrograms(): readonly Program[] {
  return [
    program('1 file', '', 'n + 1'),
    program(`${FILES} files`, manyImports(), 'steps.reduce((sum, step) => step(sum), n)'),
    program(
      'an npm tree',
      "import autocannon from 'autocannon'\nimport * as fc from 'fast-check'",
      'n + Object.keys(autocannon).length + Object.keys(fc).length',
    ),
  ]
}

function program(name: string, imports: string, step: string): Program {
  const write = (version: 1 | 2): string => {
    const file = path.join(folder, name.replaceAll(' ', '-'), `v${version}.ts`)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, definition(version, imports, step))
    return file
  }
  return { name, files: [write(1), write(2)] }
}

function definition(version: 1 | 2, imports: string, step: string): string {
  return `import { defineProcess } from 'moult'
${imports}

interface State {
  readonly count: number
}

export default defineProcess({
  version: '${version}',
  init: (): State => ({ count: 0 }),
  codeChange: { '${3 - version}': 'unchanged' },
  calls: { step: (_state, n: number) => ${step} },
})
`
}

/** All but the file itself, each of which exports functions that are all in use. */
function manyImports(): string {
  const names = Array.from({ length: FILES - 1 }, (_, index) => `part${index}`)
  const parts = path.join(folder, `${FILES}-files`, 'parts')
  mkdirSync(parts, { recursive: true })
  for (const name of names) {
    const lines = Array.from({ length: LINES }, (_, line) => {
      return `  (n: number): number => n + ${line} + '${name} ${line}'.length,`
    })
    writeFileSync(
      path.join(parts, `${name}.ts`),
      `export const ${name} = [\n${lines.join('\n')}\n]\n`,
    )
  }
  const imports = names.map((name) => `import { ${name} } from './parts/${name}.ts'`)
  return `${imports.join('\n')}\nconst steps = [${names.join(', ')}].flat()`
}
