import { createHash } from 'node:crypto'
import { cp, readFile, realpath, rm, symlink } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { stop } from 'esbuild'
import { afterAll, describe, expect, test } from 'vitest'
import type { ImageContent } from '../../../src/protocol/jobs/image.ts'
import { build } from '../../../workers/bundling/build.ts'
import { placeImage } from '../../../workers/bundling/placed-image.ts'
import { newProject, temporaryFolder, writeFiles } from '../../support/project.ts'

afterAll(stop)

async function contentOf(
  root: string,
  entry = 'main.ts',
  external: readonly string[] = [],
): Promise<ImageContent> {
  const built = await build({ entry: path.join(root, entry), root, external })
  if (built.kind === 'failure') throw new Error(built.message)
  return built.content
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Files of all sorts: TypeScript, CommonJS, JSON, packages under their own and under other names. */
const everything = {
  'main.ts': `import { defineProcess } from 'moult'
import type { State } from './types.ts'
import { here } from './lib/here.cjs'
import data from './lib/data.json'
import { left } from './left.ts'
import plain from 'plain'
import old from 'aliased'
import scoped from '@scope/name'
export default defineProcess({
  version: '1.0.0',
  init: (): State => ({ here, data, left, plain, old, scoped }),
})
`,
  'types.ts': 'export interface State { readonly here: string }\n',
  'left.ts': "export { left } from './middle.ts'\n",
  'middle.ts': "export * from './right.ts'\n",
  'right.ts': "export const left = 'behind two files without code of their own'\n",
  'lib/here.cjs': 'exports.here = __filename\n',
  'lib/data.json': '{ "answer": 42 }\n',
  'node_modules/plain/package.json': '{ "name": "plain", "version": "1.2.3" }',
  'node_modules/plain/index.js': "module.exports = require('deep') + __dirname\n",
  'node_modules/plain/node_modules/deep/package.json': '{ "name": "deep", "version": "0.0.1" }',
  'node_modules/plain/node_modules/deep/index.js': "module.exports = 'deep'\n",
  'node_modules/aliased/package.json': '{ "name": "real-name", "version": "4.5.6" }',
  'node_modules/aliased/index.js': "module.exports = 'aliased'\n",
  'node_modules/@scope/name/package.json': '{ "name": "@scope/name", "version": "7.8.9" }',
  'node_modules/@scope/name/lib/index.js': "module.exports = 'scoped'\n",
  'node_modules/@scope/name/index.js': "module.exports = require('./lib/index.js')\n",
}

describe('equal sources', () => {
  test('are equal images, however deep their folder lies and wherever moult is installed', async () => {
    const [shallow, deep, named] = [
      await newProject(everything, 'p'),
      await newProject(everything, 'b/c/d/q'),
      await newProject(everything, 'ünï c$1 #ode'),
    ]
    // A project that has a moult of its own, of whatever version.
    await writeFiles(deep, {
      'node_modules/moult/package.json': '{ "name": "moult", "version": "0.0.0" }',
      'node_modules/moult/index.js': 'exports.defineProcess = () => "another"\n',
    })
    const first = await contentOf(shallow)
    for (const root of [deep, named]) {
      const other = await contentOf(root)
      expect(other).toEqual({ ...first, root })
    }
    expect(sha256(first.code)).toBe(first.manifest.hash)
    expect(JSON.stringify({ ...first, root: '' })).not.toContain(path.dirname(shallow))
  })

  test('are equal images through a symbolic link', async () => {
    const root = await newProject(everything)
    const link = path.join(await temporaryFolder(), 'link')
    await symlink(root, link)
    const linked = await contentOf(await realpath(link))
    expect(linked.manifest).toEqual((await contentOf(root)).manifest)
  })

  test('that share files outside the project are equal images where these lie alike', async () => {
    const files = {
      'app/main.ts': "import { shared } from '../shared/one.ts'\nexport default { shared }\n",
      'app/package.json': '{}',
      'shared/one.ts': 'export const shared = import.meta.url\n',
    }
    const [one, other] = [await newProject(files, 'x'), await newProject(files, 'y/z')]
    const first = await contentOf(path.join(one, 'app'))
    const second = await contentOf(path.join(other, 'app'))
    expect(second.manifest).toEqual(first.manifest)
    expect(first.manifest.sources.map((each) => each.path)).toEqual(['../shared/one.ts', 'main.ts'])
    const { file } = await placeImage(second, await temporaryFolder())
    const module = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
      readonly default: { readonly shared: string }
    }
    expect(module.default.shared).toBe(pathToFileURL(path.join(other, 'shared/one.ts')).href)
  })

  test('another text, wherever it is, is another image', async () => {
    const root = await newProject(everything)
    const { hash } = (await contentOf(root)).manifest
    const changes = {
      'right.ts': 'export const left = 1\n',
      'lib/data.json': '{ "answer": 43 }\n',
      'node_modules/plain/node_modules/deep/index.js': "module.exports = 'patched'\n",
      'node_modules/aliased/index.js': "module.exports = 'other'\n",
    }
    for (const [file, text] of Object.entries(changes)) {
      const copy = path.join(await temporaryFolder(), 'copy')
      await cp(root, copy, { recursive: true })
      await writeFiles(copy, { [file]: text })
      expect((await contentOf(copy)).manifest.hash, file).not.toBe(hash)
    }
  })
})

describe('the manifest', () => {
  test('names each file that was read, with the hash of its text', async () => {
    const root = await newProject(everything)
    const { sources } = (await contentOf(root)).manifest
    expect(sources.map((each) => each.path)).toEqual(
      Object.keys(everything)
        .filter((file) => !file.endsWith('package.json') && file !== 'types.ts')
        .sort(),
    )
    for (const source of sources) {
      expect(source.hash).toBe(sha256(everything[source.path as keyof typeof everything]))
    }
  })

  test('has the hash of JSON, however it is imported and whatever it says', async () => {
    const json = '{ "__dirname": "import.meta.url", "__filename": 1 }\n'
    const root = await newProject({
      'main.ts': "import one from './one.json'\nexport { one }\nexport default { one }\n",
      'other.ts': `import other from './other.json' with { type: 'json' }
import './unused.json'
export default { other }
`,
      'one.json': json,
      'other.json': json,
      'unused.json': json,
    })
    for (const entry of ['main.ts', 'other.ts']) {
      const { manifest, texts, code } = await contentOf(root, entry)
      for (const source of manifest.sources.filter(({ path: name }) => name.endsWith('.json'))) {
        expect(source.hash).toBe(sha256(json))
        expect(texts[source.path]).toBe(json)
      }
      expect(code).not.toContain('__moultFilename =')
    }
  })

  test.each([
    ['a hashbang and import.meta', '#!/usr/bin/env node\nexport const value = import.meta.url\n'],
    ['a byte order mark', '\ufeffexport const value = 1\r\n'],
    ['a byte order mark and __dirname', '\ufeffexport const value = __dirname\r\n'],
    ['a comment like the shim’s', '/* moult */ export const value = 1\n'],
    ['the same beside __filename', '/* moult */ export const value = __filename\n'],
    ['nothing that is left', 'export const value = undefined\nexport const unused = 1\n'],
    ['old line ends', '// one\r// two\rexport const value = 1\r'],
  ])('has the hash and the text of a file with %s', async (_what, text) => {
    const name = 'lib/ünï %41 #1?.mjs'
    const main = `import { value } from './${name}'\nexport default { value }\n`
    const root = await newProject({ 'main.ts': main, [name]: text })
    const content = await contentOf(root)
    const source = content.manifest.sources.find((each) => each.path === name)
    expect(source?.hash).toBe(sha256(text))
    expect(content.texts).toEqual({ 'main.ts': main, [name]: text })
  })

  test('names the packages as they call themselves, with version and folder', async () => {
    const { packages } = (await contentOf(await newProject(everything))).manifest
    const inside = { isExternal: false }
    expect(packages).toEqual([
      { name: '@scope/name', version: '7.8.9', path: 'node_modules/@scope/name', ...inside },
      { name: 'real-name', version: '4.5.6', path: 'node_modules/aliased', ...inside },
      { name: 'plain', version: '1.2.3', path: 'node_modules/plain', ...inside },
      { name: 'deep', version: '0.0.1', path: 'node_modules/plain/node_modules/deep', ...inside },
    ])
  })

  test('says which packages stay outside', async () => {
    const root = await newProject(everything)
    const { packages, sources } = (await contentOf(root, 'main.ts', ['plain'])).manifest
    expect(packages).toContainEqual({
      name: 'plain',
      version: '1.2.3',
      path: 'node_modules/plain',
      isExternal: true,
    })
    expect(sources.some((each) => each.path.startsWith('node_modules/plain/'))).toBe(false)
  })

  test('knows what stays outside by whole names, whatever signs are in them', async () => {
    const root = await newProject({
      'main.ts': `import a from '@a.b/c.d'
import below from '@a.b/c.d/below.js'
import like from '@axb/cxd'
import longer from '@a.b/c.d-e'
export default { a, below, like, longer }
`,
      ...Object.fromEntries(
        ['@a.b/c.d', '@axb/cxd', '@a.b/c.d-e'].flatMap((name) => [
          [`node_modules/${name}/index.js`, 'module.exports = 1\n'],
          [`node_modules/${name}/below.js`, 'module.exports = 2\n'],
        ]),
      ),
    })
    const { packages } = (await contentOf(root, 'main.ts', ['@a.b/c.d'])).manifest
    const outside = packages.filter(({ isExternal }) => isExternal)
    expect(outside.map((each) => each.path)).toEqual(['node_modules/@a.b/c.d'])
    expect(packages).toHaveLength(3)
  })

  test('knows a package by its folder when its package.json says nothing', async () => {
    const root = await newProject({
      'main.ts': "import value from 'nameless'\nexport default { value }\n",
      'node_modules/nameless/index.js': 'module.exports = 1\n',
    })
    const expected = { name: 'nameless', version: '', path: 'node_modules/nameless' }
    expect((await contentOf(root)).manifest.packages).toMatchObject([expected])
  })

  test('knows a package of a workspace, and of a store of packages, by its real folder', async () => {
    const root = await newProject({
      'main.ts': "import one from 'linked'\nimport two from 'own'\nexport default { one, two }\n",
      'node_modules/.store/linked@1/node_modules/linked/package.json':
        '{ "name": "linked", "version": "1.0.0" }',
      'node_modules/.store/linked@1/node_modules/linked/index.js': 'module.exports = 1\n',
      'packages/own/package.json': '{ "name": "own", "version": "2.0.0" }',
      'packages/own/index.js': 'module.exports = 2\n',
    })
    const link = (name: string, to: string): Promise<void> =>
      symlink(path.join(root, to), path.join(root, 'node_modules', name), 'dir')
    await link('linked', 'node_modules/.store/linked@1/node_modules/linked')
    await link('own', 'packages/own')
    const { manifest, texts } = await contentOf(root)
    expect(manifest.packages).toMatchObject([
      { name: 'linked', path: 'node_modules/.store/linked@1/node_modules/linked' },
    ])
    // What lies in the project is the project's.
    expect(Object.keys(texts).sort()).toEqual(['main.ts', 'packages/own/index.js'])
  })
})

describe('the texts', () => {
  test('are those of the project, with the files that only declare types, and those these import', async () => {
    const files = {
      'main.ts': `import type { A } from './types.ts'
import { plain } from './plain.js'
import { other } from './other.mjs'
import common from './common.cjs'
type B = import('./lazy.ts').B
export * from './folder/index.ts'
export default { init: (): A | B => ({ plain, other, common }) }
`,
      'types.ts':
        "import type { Deep } from './deep/types.js'\nexport type A = Deep | import('.').Root\n",
      'deep/types.ts': "export type { Far as Deep } from '../far'\n",
      'far.d.ts': "export interface Far {}\nexport * from './deeper'\n",
      'deeper/index.d.ts': "export type Cyclic = import('../types.ts').A\n",
      'index.ts': 'export interface Root {}\n',
      'lazy.ts': 'export interface B {}\n',
      'plain.js': 'export const plain = 1\n',
      'plain.d.ts': 'export declare const plain: number\n',
      'other.mjs': 'export const other = 1\n',
      'other.d.mts': 'export declare const other: number\n',
      'common.cjs': 'module.exports = 1\n',
      'common.d.cts': 'declare const one: number\nexport = one\n',
      'folder/index.ts': 'export interface Nothing {}\n',
    }
    const root = await newProject({ ...files, 'unused.ts': 'export type Unused = 1\n' })
    const { texts } = await contentOf(root)
    expect(Object.keys(texts).sort()).toEqual(Object.keys(files).sort())
    expect(texts).toEqual(files)
  })

  test('are in the source map that is laid out, and no longer those of the files', async () => {
    const root = await newProject(everything)
    const content = await contentOf(root)
    await rm(root, { recursive: true })
    const { file } = await placeImage(content, await temporaryFolder())
    const map = JSON.parse(await readFile(`${file}.map`, 'utf8')) as {
      readonly sources: readonly string[]
      readonly sourcesContent: readonly (string | null)[]
    }
    const at = map.sources.indexOf('main.ts')
    expect(map.sourcesContent[at]).toBe(everything['main.ts'])
    const foreign = map.sources.findIndex((source) => source.startsWith('node_modules/'))
    expect(map.sourcesContent[foreign]).toBeNull()
  })
})
