import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { stop } from 'esbuild'
import { afterAll, describe, expect, test } from 'vitest'
import type { BundleFailure } from '../../../src/protocol/jobs/bundle.ts'
import type { ImageContent } from '../../../src/protocol/jobs/image.ts'
import { build } from '../../../workers/bundling/build.ts'
import { rebuild, unwatch } from '../../../workers/bundling/incremental-build.ts'
import { placeImage } from '../../../workers/bundling/placed-image.ts'
import { newProject, temporaryFolder, writeFiles } from '../../support/project.ts'
import { kinds, packageOf } from './outside-kinds.ts'
import type { Files } from './outside-kinds.ts'

afterAll(stop)

async function built(root: string, entry = 'main.mjs'): Promise<ImageContent | BundleFailure> {
  const made = await build({ entry: path.join(root, entry), root, external: [] })
  return made.kind === 'failure' ? made : made.content
}

async function imageOf(root: string, entry?: string): Promise<ImageContent> {
  const made = await built(root, entry)
  if ('kind' in made) throw new Error(made.message)
  return made
}

/** What the default export of each file returns, in a Node process of their own: codes of errors for what it threw. */
async function printed(...files: readonly string[]): Promise<unknown[]> {
  const urls = files.map((file) => pathToFileURL(file).href)
  const script = `
    const told = (error) => ({ error: error.code ?? error.name })
    for (const url of ${JSON.stringify(urls)}) {
      const made = await import(url).then(async ({ default: it }) => {
        const values = await it()
        return Array.isArray(values) ? Promise.all(values.map((each) => each?.catch?.(told) ?? each)) : values
      }).catch(told)
      console.log(JSON.stringify(made) ?? 'null')
    }`
  // A file: what is given to Node as an argument sees `module` and `require` as globals.
  const own = path.join(await temporaryFolder(), 'print.mjs')
  await writeFile(own, script)
  const { stdout } = await promisify(execFile)(process.execPath, [own])
  const lines = stdout.trim().split('\n')
  return lines.map((line) => JSON.parse(line) as unknown)
}

/** Node's answer and that of the image. */
async function inBoth(
  files: Files,
): Promise<{ root: string; content: ImageContent; said: unknown[] }> {
  const root = await newProject(files)
  const main = files['main.cjs'] === undefined ? 'main.mjs' : 'main.cjs'
  const content = await imageOf(root, main)
  const { file } = await placeImage(content, await temporaryFolder())
  return { root, content, said: await printed(path.join(root, main), file) }
}

test.each(Object.entries(kinds))('%s: in an image as in Node', async (_kind, files) => {
  const { said } = await inBoth(files)
  const [inNode, inImage] = said
  expect(inImage).toEqual(inNode)
})

describe('what is not there', () => {
  test('refuses a program that could not begin: by name, with the place', async () => {
    const files = {
      'main.mjs': "import './lib/a.mjs'\nexport default () => 1\n",
      'lib/a.mjs': "import 'node:fs'\nimport { it } from 'gone'\nvoid it; void import('other')\n",
    }
    const root = await newProject(files)
    expect(await built(root)).toMatchObject({
      code: 'UNRESOLVED_IMPORT',
      message: expect.stringContaining('"gone"') as string,
      at: { file: path.join(root, 'lib/a.mjs'), line: 2, column: 20 },
    })
  })

  test('is named with the place where it would be loaded, unless that is in a try', async () => {
    const files =
      packageOf(`() => { try { require('tried') } catch {}; return [1, require('gone'), require('gone')] }
exports.more = (k) => require(\`./prebuilds/\${k}.node\`)`)
    const { manifest } = await imageOf(await newProject(files))
    const at = { path: 'node_modules/p/index.js' }
    expect(manifest.dynamicImports).toEqual([
      { ...at, line: 1, column: 68, text: "require('gone'), require('gone')] }" },
      { ...at, line: 2, column: 23, text: 'require(`./prebuilds/${k}.node`)' },
    ])
  })

  test('makes equal images of equal sources elsewhere', async () => {
    const files = packageOf(
      "(k) => [require('gone'), require(`./a/${k}.node`), import('./gone.mjs'), require('q')]",
      {
        'node_modules/q/package.json': '{ "name": "q", "version": "2.0.0", "gypfile": true }',
        'node_modules/q/index.js': '',
      },
    )
    const [one, two] = [await newProject(files), await newProject(files, 'some where/else')]
    expect((await imageOf(two)).manifest).toEqual((await imageOf(one)).manifest)
  })
})

describe('a package that stays outside by itself', () => {
  const files = packageOf("() => require('q')", {
    'node_modules/q/package.json': '{ "name": "q", "version": "2.0.0", "gypfile": true }',
    'node_modules/q/index.js': "module.exports = 'one'",
    'node_modules/r/package.json': '{ "name": "r", "version": "1.0.0" }',
  })

  test('is told apart, and another release of it is another image', async () => {
    const root = await newProject(files)
    const { manifest } = await imageOf(root)
    expect(manifest.packages).toEqual([
      { name: 'p', version: '1.2.3', path: 'node_modules/p', isExternal: false },
      { name: 'q', version: '2.0.0', path: 'node_modules/q', isExternal: true },
    ])
    expect(manifest.sources.map((each) => each.path)).toEqual([
      'main.mjs',
      'node_modules/p/index.js',
    ])
    await writeFiles(root, { 'node_modules/q/index.js': "module.exports = 'two'" })
    expect((await imageOf(root)).manifest.hash).toBe(manifest.hash)
    await writeFiles(root, {
      'node_modules/q/package.json': '{ "name": "q", "version": "2.0.1", "gypfile": true }',
    })
    expect((await imageOf(root)).manifest.hash).not.toBe(manifest.hash)
  })
})

describe('"moult" in the package.json of the program', () => {
  const declared = (moult: unknown): Files => ({
    ...packageOf('() => __filename'),
    'package.json': JSON.stringify({ moult }),
  })

  test('names packages that stay outside', async () => {
    const { manifest, code } = await imageOf(await newProject(declared({ external: ['p'] })))
    expect(manifest.external).toEqual(['p'])
    expect(manifest.packages).toMatchObject([{ name: 'p', isExternal: true }])
    expect(code).toContain('from "%moult-root-url')
  })

  test.each([
    [[], 'moult should be an object, but is an empty array'],
    [
      { external: 'p' },
      'moult.external should be an array of package names, but is the string "p"',
    ],
    [{ external: ['p', 1] }, 'moult.external[1] should be a package name, but is the number 1'],
    [
      { extrenal: ['p'] },
      "there is no field moult.extrenal (did you mean 'external'?); expected external",
    ],
  ])('is refused with its place: %j', async (moult, message) => {
    const root = await newProject(declared(moult))
    const at = { file: path.join(root, 'package.json'), line: 1, column: 1 }
    expect(await built(root)).toEqual({
      kind: 'failure',
      code: 'INVALID_OPTION',
      message,
      at,
      all: [message],
    })
  })
})

test('a watch sees what comes, goes, and is installed', async () => {
  const root = await newProject({
    'main.mjs': `export default async () => [
  await import('./later.mjs').then(({ it }) => it, (error) => error.code),
  await import('p').then(({ it }) => it, (error) => error.code),
]
`,
  })
  const request = { entry: path.join(root, 'main.mjs'), root, external: [] }
  const said = async (): Promise<unknown> => {
    const made = await rebuild('one', request)
    if (made.kind === 'failure') throw new Error(made.message)
    const { file } = await placeImage(made.content, await temporaryFolder())
    return (await printed(file))[0]
  }
  const gone = 'ERR_MODULE_NOT_FOUND'
  expect(await said()).toEqual([gone, gone])
  await writeFiles(root, { 'later.mjs': "export const it = 'later'\n" })
  expect(await said()).toEqual(['later', gone])
  await writeFiles(root, {
    'node_modules/p/package.json': '{ "type": "module", "gypfile": true, "exports": "./i.js" }',
    'node_modules/p/i.js': "export const it = 'installed'\n",
  })
  expect(await said()).toEqual(['later', 'installed'])
  await writeFiles(root, { 'node_modules/p/i.js': "export const it = 'patched'\n" })
  await rm(path.join(root, 'later.mjs'))
  expect(await said()).toEqual([gone, 'patched'])
  await unwatch('one')
})
