import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { SourceMap } from 'node:module'
import type { SourceMapPayload } from 'node:module'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import type { Bundle, BundleFailure, StoreFailure } from '../../../src/protocol/jobs/bundle.ts'
import bundle from '../../../workers/bundling/bundle.ts'

const folders: string[] = []

afterAll(async () => {
  await bundle({ kind: 'stop' })
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true })))
})

async function folderNamed(name: string): Promise<string> {
  const outer = await realpath(await mkdtemp(path.join(tmpdir(), 'moult-test-')))
  folders.push(outer)
  const folder = path.join(outer, name)
  await mkdir(folder)
  return folder
}

/** A project of the given files, somewhere. */
async function project(files: Record<string, string>, name = 'project'): Promise<string> {
  const root = await folderNamed(name)
  for (const [file, text] of Object.entries({ 'package.json': '{}', ...files })) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true })
    await writeFile(path.join(root, file), text)
  }
  return root
}

async function run(
  root: string,
  entry = 'main.ts',
  external: readonly string[] = [],
): Promise<Bundle | BundleFailure | StoreFailure> {
  const directory = await folderNamed('images')
  const [store, watch] = [undefined, undefined]
  return bundle({
    kind: 'bundle',
    entry: path.join(root, entry),
    root,
    external,
    directory,
    store,
    watch,
  })
}

async function image(root: string, entry?: string, external?: readonly string[]): Promise<Bundle> {
  const result = await run(root, entry, external)
  if (result.kind !== 'bundle') throw new Error(result.message)
  return result
}

async function failure(root: string, entry?: string): Promise<BundleFailure> {
  const result = await run(root, entry)
  if (result.kind !== 'failure') throw new Error('it was bundled')
  return result
}

async function exported(made: Bundle): Promise<Record<string, unknown>> {
  const module = (await import(/* @vite-ignore */ pathToFileURL(made.file).href)) as {
    default: Record<string, unknown>
  }
  return module.default
}

const forProcesses =
  'expected one of MoultError, Table, codec, defineProcess, errorCodes, event, isMoultError, table, or a type'

test.each([
  ['createRuntime', `'createRuntime' from 'moult'; ${forProcesses}`],
  ['defineProces', `'defineProces' from 'moult' (did you mean 'defineProcess'?); ${forProcesses}`],
  ['default as moult', `'default' from 'moult'; ${forProcesses}`],
])('a process’s file that imports { %s } is told what there is', async (name, told) => {
  const text = `import { ${name} } from 'moult'\nexport default ${name.replace(/.* /, '')}({})\n`
  const refused = await failure(await project({ 'main.ts': text }))
  const message = `a process’s file cannot import ${told}`
  expect(refused).toMatchObject({ code: 'UNRESOLVED_IMPORT', message, all: [message] })
  expect(refused.at).toMatchObject({ line: 1, column: 10 })
})

const whereabouts = {
  'main.ts': `import dep from './lib/dep.cjs'
import own from './lib/own.mjs'
export default { url: import.meta.url, dir: import.meta.dirname, file: import.meta.filename, dep, own }
`,
  'lib/dep.cjs': 'module.exports = { dir: __dirname, file: __filename }\n',
  'lib/own.mjs': `import path from 'node:path'
import { fileURLToPath } from 'node:url'
const __dirname = path.dirname(fileURLToPath(import.meta.url))
export default __dirname
`,
}

describe('where a file lies', () => {
  test.each(['project', 'with space', 'ünï-çødé', '100% #1?', "it's"])(
    'is true in the image of a project in %o',
    async (name) => {
      const root = await project(whereabouts, name)
      expect(await exported(await image(root))).toEqual({
        url: pathToFileURL(path.join(root, 'main.ts')).href,
        dir: root,
        file: path.join(root, 'main.ts'),
        dep: { dir: path.join(root, 'lib'), file: path.join(root, 'lib/dep.cjs') },
        own: path.join(root, 'lib'),
      })
    },
  )

  test('is true in a folder whose name looks like a pattern of String.replace', async () => {
    const root = await project(whereabouts, 'a$$b $& $1')
    expect((await exported(await image(root)))['dir']).toBe(root)
  })

  test('does not change the hash', async () => {
    const [one, other] = [await project(whereabouts), await project(whereabouts, 'else where')]
    const [first, second] = [await image(one), await image(other)]
    expect(second.manifest.hash).toBe(first.manifest.hash)
    expect(second.manifest).toEqual(first.manifest)
    expect(first.manifest.sources.map((source) => source.path)).toContain('lib/dep.cjs')
  })
})

describe('the hash', () => {
  test('is that of the same bytes, and of other bytes another', async () => {
    const root = await project(whereabouts)
    const [first, again] = [await image(root), await image(root)]
    expect(again.manifest.hash).toBe(first.manifest.hash)
    await writeFile(path.join(root, 'lib/dep.cjs'), 'module.exports = { dir: 1 }\n')
    expect((await image(root)).manifest.hash).not.toBe(first.manifest.hash)
  })

  test('sees what is imported deep inside a package', async () => {
    const root = await project({
      'main.ts': `import { deep } from 'outer'\nexport default { deep }\n`,
      'node_modules/outer/package.json': '{"main":"index.js"}',
      'node_modules/outer/index.js': `exports.deep = require('./data.json').value\n`,
      'node_modules/outer/data.json': '{"value": 1}',
    })
    const first = await image(root)
    expect(await exported(first)).toEqual({ deep: 1 })
    await writeFile(path.join(root, 'node_modules/outer/data.json'), '{"value": 2}')
    const second = await image(root)
    expect(second.manifest.hash).not.toBe(first.manifest.hash)
    expect(await exported(second)).toEqual({ deep: 2 })
  })

  test('of an external package leaves its bytes out', async () => {
    const root = await project({
      'main.ts': `import value from 'outer'\nexport default { value }\n`,
      'node_modules/outer/package.json': '{"type":"module","exports":"./index.js"}',
      'node_modules/outer/index.js': 'export default 1\n',
    })
    const first = await image(root, 'main.ts', ['outer'])
    expect(await exported(first)).toEqual({ value: 1 })
    await cp(
      path.join(root, 'node_modules/outer/index.js'),
      path.join(root, 'node_modules/outer/copy.js'),
    )
    await writeFile(path.join(root, 'node_modules/outer/index.js'), 'export default 2\n')
    expect((await image(root, 'main.ts', ['outer'])).manifest.hash).toBe(first.manifest.hash)
  })
})

describe('the source map', () => {
  test('leads to the line of the user’s file, whether it was shifted or not', async () => {
    const root = await project({
      'main.ts': `export const here = import.meta.url
import { boom } from './lib/boom.ts'
export default { boom }
`,
      'lib/boom.ts': `interface Unused { readonly a: string }

export function boom(): never {
  throw new Error('boom at ' + __dirname)
}
`,
    })
    const { file } = await image(root)
    const text = await readFile(file, 'utf8')
    const line = text.split('\n').findIndex((each) => each.includes('boom at'))
    const payload = JSON.parse(await readFile(`${file}.map`, 'utf8')) as SourceMapPayload
    const column = text.split('\n')[line]!.indexOf('throw')
    const entry = new SourceMap(payload).findEntry(line, column)
    if (!('originalSource' in entry)) throw new Error('the line is not mapped')
    expect(entry.originalLine + 1).toBe(4)
    const source = payload.sources.find((each) => each.endsWith('boom.ts'))!
    const sourceUrl = new URL(payload.sourceRoot + source, pathToFileURL(file))
    expect(sourceUrl.href).toBe(pathToFileURL(path.join(root, 'lib/boom.ts')).href)
    expect(text.trimEnd().split('\n').at(-1)).toBe(
      `//# sourceMappingURL=${path.basename(file)}.map`,
    )
  })
})

describe('a refusal says where', () => {
  const end = '\nexport default {}\n'

  test.each([
    ['a syntax error', 'const a = 1\n  const = 2', 'SYNTAX_ERROR', 2, 9],
    ['on line 1', 'const = 2', 'SYNTAX_ERROR', 1, 7],
    ['on line 1 beside import.meta', 'const u = import.meta.url; const = 2', 'SYNTAX_ERROR', 1, 34],
    ['after __dirname', 'const d = __dirname\nconst = 2', 'SYNTAX_ERROR', 2, 7],
    ['an import', "import './gone.ts'", 'UNRESOLVED_IMPORT', 1, 8],
    [
      'an import behind import.meta',
      "void import.meta; import a from 'gone-pkg'; void a",
      'UNRESOLVED_IMPORT',
      1,
      33,
    ],
  ] as const)('%s', async (_what, text, code, line, column) => {
    const root = await project({ 'main.ts': text + end })
    const { code: actual, at } = await failure(root)
    expect(actual).toBe(code)
    expect(at).toEqual({ file: path.join(root, 'main.ts'), line, column })
  })

  test('in the file at fault, not in the entry', async () => {
    const root = await project({
      'main.ts': `import './lib/bad.ts'${end}`,
      'lib/bad.ts': 'let x = 1\nlet x = 2\n',
    })
    expect((await failure(root)).at).toMatchObject({
      file: path.join(root, 'lib/bad.ts'),
      line: 2,
      column: 5,
    })
  })

  test('in columns of text, not of bytes', async () => {
    const root = await project({ 'main.ts': `const s = 'äöü'; const = 2${end}` })
    expect((await failure(root)).at).toMatchObject({ line: 1, column: 24 })
  })

  test('when there is no default export', async () => {
    const root = await project({ 'main.ts': 'export const counter = {}\n' })
    const { code, message } = await failure(root)
    expect(code).toBe('NOT_A_DEFINITION')
    expect(message).toContain('export default defineProcess')
  })
})

test('of what was exported the place is told', async () => {
  const root = await project({ 'main.ts': 'const a = 1\n\n  export default { a }\n' })
  const { manifest } = await image(root)
  expect(manifest).toMatchObject({ entry: 'main.ts', exportedAt: { line: 3, column: 3 } })
})

test('a hashbang on the first line does no harm', async () => {
  const root = await project({
    'main.mjs': '#!/usr/bin/env node\nexport default { url: import.meta.url }\n',
  })
  const { url } = await exported(await image(root, 'main.mjs'))
  expect(url).toBe(pathToFileURL(path.join(root, 'main.mjs')).href)
})
