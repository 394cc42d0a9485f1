// @module-tag once
import path from 'node:path'
import { stop } from 'esbuild'
import { afterAll, describe, expect, test } from 'vitest'
import type { ImageContent } from '../../../src/protocol/jobs/image.ts'
import type { SourceSet } from '../../../src/protocol/jobs/typecheck.ts'
import { build } from '../../../workers/bundling/build.ts'
import { newProject, writeFiles } from '../../support/project.ts'
import { faultsOf } from '../../support/typecheck.ts'

afterAll(stop)

async function sourcesOf(root: string): Promise<SourceSet> {
  const built = await build({ entry: path.join(root, 'src/main.ts'), root, external: [] })
  if (built.kind === 'failure') throw new Error(built.message)
  return setOf(built.content)
}

function setOf({ manifest, texts, typings }: ImageContent): SourceSet {
  return { entry: manifest.entry, files: texts, typings }
}

type Files = Readonly<Record<string, string>>

/** What is said of the first two versions of a file, of which the second was loaded when `edits` had been made. */
async function check(files: Files, edits: Files): Promise<string[]> {
  const root = await newProject(files)
  const older = await sourcesOf(root)
  await writeFiles(root, edits)
  const newer = await sourcesOf(root)
  return faultsOf({ root, older, newer }).map(({ message }) => message)
}

const tsconfig = JSON.stringify({
  compilerOptions: {
    strict: true,
    target: 'es2022',
    // Without the browser's: to bind those for each check takes as long as the check.
    lib: ['es2022'],
    module: 'esnext',
    moduleResolution: 'bundler',
    types: [],
    paths: { '@app/*': ['./src/*'] },
  },
})

/** A definition whose state is of the type `State`. */
function program(version: string, above: string, fields = ''): string {
  return `import { defineProcess } from 'moult'
${above}
export default defineProcess({
  version: '${version}',
  init: (): State => null!,
  ${fields}
})
`
}

const takesOwn = "codeChange: { '1.0.0': (old: State) => old },"

describe('the older version’s types are those that it was made with, though the files were edited in place:', () => {
  test.each([
    ['beside it', './state.ts', 'src/state.ts'],
    ['by tsconfig’s paths', '@app/state.ts', 'src/state.ts'],
    ['by tsconfig’s paths, without an ending', '@app/state', 'src/state.ts'],
    ['in declarations by tsconfig’s paths', '@app/state', 'src/state.d.ts'],
    ['in declarations by their full name', '@app/state.d.ts', 'src/state.d.ts'],
    ['by imports of the package', '#state', 'src/state.ts'],
    ['in declarations by imports of the package', '#typed', 'src/typed.d.ts'],
    ['by a file that only passes them on', './way.ts', 'src/state.ts'],
  ])('%s', async (_where, specifier, file) => {
    const above = `import type { State } from '${specifier}'`
    const shared = {
      'tsconfig.json': tsconfig,
      'package.json': `{ "type": "module", "imports": { "#state": "./src/state.ts", "#typed": { "types": "./src/typed.d.ts", "default": "./src/typed.js" } } }`,
      'src/typed.js': '',
      'src/way.ts': "export type { State } from '@app/state'\n",
    }
    const declared = (type: string): string => `export interface State { a: ${type} }\n`
    const files = { ...shared, 'src/main.ts': program('1.0.0', above), [file]: declared('number') }
    const next = { 'src/main.ts': program('2.0.0', above, takesOwn) }
    expect(await check(files, next)).toEqual([])
    expect(await check(files, { ...next, [file]: declared('string') })).toEqual([
      expect.stringContaining(': a is string, not number'),
    ])
  })
})

describe('what is declared for all of the project', () => {
  const files = {
    'tsconfig.json': tsconfig,
    'src/main.ts': program('1.0.0', 'type State = AppState'),
    'src/env.d.ts': 'interface AppState { item: Item }\ninterface Item { n: number }\n',
  }
  const main = program('2.0.0', 'type State = AppState', takesOwn)

  test.each([
    ['as it was', files['src/env.d.ts'], undefined],
    ['beside something else', `${files['src/env.d.ts']}declare const other: 1\n`, undefined],
    ['otherwise', 'interface AppState { item: string }\n', 'AppState'],
    [
      'by something that is another',
      'interface AppState { item: Item }\ninterface Item { n: string }\n',
      'AppState',
    ],
    ['in a module', 'declare global { interface AppState { a: 1 } }\nexport {}\n', 'AppState'],
  ])('%s', async (_how, text, name) => {
    const found = await check(files, { 'src/main.ts': main, 'src/env.d.ts': text })
    const fault = `src/main.ts of 1.0.0 uses ${String(name)}, which is declared for all of the project and has changed`
    expect(found).toEqual(name === undefined ? [] : [expect.stringContaining(fault)])
  })

  test('by a configuration with comments, a base and an exception', async () => {
    const base = JSON.parse(tsconfig) as object
    const configured = {
      ...files,
      'config/base.json': JSON.stringify({ ...base, include: ['../src', '../types/*.d.ts'] }),
      'tsconfig.json': `{ // one "/*"
        "extends": ["./config/base"], "exclude": ["dist",], /* , */
      }`,
      'src/env.d.ts': '',
      'types/all.d.ts': files['src/env.d.ts'],
      'dist/all.d.ts': '',
    }
    const root = await newProject(configured)
    const { files: texts } = await sourcesOf(root)
    expect(Object.keys(texts).sort()).toEqual(['src/env.d.ts', 'src/main.ts', 'types/all.d.ts'])
    const changed = { 'src/main.ts': main, 'types/all.d.ts': 'type AppState = 1' }
    expect(await check(configured, changed)).toEqual([expect.stringContaining('uses AppState')])
  })
})

describe('packages', () => {
  const install = (version: string, type: string): Files => ({
    'node_modules/shape/package.json': `{ "name": "shape", "version": "${version}", "type": "module", "types": "i.d.ts", "main": "i.js" }`,
    'node_modules/shape/i.js': 'export const make = () => 1\n',
    'node_modules/shape/i.d.ts': `export interface Item { a: ${type} }\nexport function make(): Item\n`,
  })
  const one = install('1.0.0', 'number')
  const shape = (version: string, above: string, fields = ''): Files => ({
    'tsconfig.json': tsconfig,
    'src/main.ts': program(version, above, fields),
  })
  const item = "import type { Item } from 'shape'\ntype State = { item: Item }"
  const gone = 'made with the types of shape 1.0.0 (2.0.0 is installed)'

  test('are noted with the version whose types are used', async () => {
    const root = await newProject({
      ...one,
      ...shape('1.0.0', `${item}\nimport 'node:fs'\nimport type {} from 'untyped/deep'`),
      'node_modules/untyped/package.json': '{ "version": "7.0.0" }',
      'node_modules/@types/untyped/package.json': '{ "version": "7.0.1" }',
    })
    expect((await sourcesOf(root)).typings).toEqual({
      'node_modules/shape': '1.0.0',
      'node_modules/untyped': '7.0.0',
      'node_modules/@types/untyped': '7.0.1',
    })
  })

  test('that are the same prove what they did', async () => {
    const next = shape('2.0.0', item, takesOwn)
    expect(await check({ ...one, ...shape('1.0.0', item) }, next)).toEqual([])
  })

  test('of another release prove nothing of a state of their types', async () => {
    const next = { ...install('2.0.0', 'string'), ...shape('2.0.0', item, takesOwn) }
    const found = await check({ ...one, ...shape('1.0.0', item) }, next)
    expect(found).toEqual([expect.stringContaining(gone)])
    // The same file, which is another build of one version.
    const patched = await check({ ...one, ...shape('1.0.0', item) }, install('2.0.0', 'string'))
    expect(patched).toEqual([expect.stringContaining(gone)])
  })

  test('of another release prove nothing of messages of their types', async () => {
    const own = "import { make } from 'shape'\ntype State = { n: number }"
    const calls =
      'calls: { get: () => make(), put: (_state, item: ReturnType<typeof make>) => item.a }'
    const next = shape('2.0.0', own, `${takesOwn}${calls}`)
    const found = await check(
      { ...one, ...shape('1.0.0', own, calls) },
      { ...install('2.0.0', 'string'), ...next },
    )
    expect(found).toHaveLength(3)
    for (const each of found) expect(each).toContain(gone)
  })

  test('of another release do not matter where nothing that is compared is of their types', async () => {
    const own = "import { make } from 'shape'\nmake()\ntype State = { n: number }"
    const next = { ...install('2.0.0', 'string'), ...shape('2.0.0', own, takesOwn) }
    expect(await check({ ...one, ...shape('1.0.0', own) }, next)).toEqual([])
  })

  test('that have changed since the newer version was loaded are told', async () => {
    const root = await newProject({ ...one, ...shape('1.0.0', item) })
    const older = await sourcesOf(root)
    await writeFiles(root, shape('2.0.0', item, takesOwn))
    const newer = await sourcesOf(root)
    await writeFiles(root, install('2.0.0', 'string'))
    const found = faultsOf({ root, older, newer }).map(({ message }) => message)
    expect(found).toEqual([
      expect.stringContaining(`nothing can be proved of 2.0.0, for it was ${gone}`),
    ])
  })
})
