import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { stop } from 'esbuild'
import { afterAll, describe, expect, test } from 'vitest'
import type { BundleFailure } from '../../../src/protocol/jobs/bundle.ts'
import type { ImageContent } from '../../../src/protocol/jobs/image.ts'
import { build } from '../../../workers/bundling/build.ts'
import { placeImage } from '../../../workers/bundling/placed-image.ts'
import { newProject, temporaryFolder, writeFiles } from '../../support/project.ts'

afterAll(stop)

/** A package `outer`, an ES module, that is all there is beside a package `inner`, in CommonJS. */
const packages = (outer: string): Record<string, string> => ({
  'main.ts': "import { it } from 'outer'\nexport default { it }\n",
  'node_modules/outer/package.json': '{ "name": "outer", "type": "module", "main": "i.js" }',
  'node_modules/outer/i.js': outer,
  'node_modules/inner/package.json': '{ "name": "inner", "version": "1.0.0", "main": "i.cjs" }',
  'node_modules/inner/i.cjs': "module.exports = 'inner'\n",
})

async function built(root: string): Promise<ImageContent | BundleFailure> {
  const made = await build({ entry: path.join(root, 'main.ts'), root, external: [] })
  return made.kind === 'failure' ? made : made.content
}

async function imageOf(root: string): Promise<ImageContent> {
  const made = await built(root)
  if ('kind' in made) throw new Error(made.message)
  return made
}

/** What the image exports as `it`. */
async function run(content: ImageContent): Promise<unknown> {
  const { file } = await placeImage(content, await temporaryFolder())
  const module = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
    readonly default: { readonly it: unknown }
  }
  const { it } = module.default
  return typeof it === 'function' ? (it as () => unknown)() : it
}

const here = "import { createRequire } from 'node:module'\n"

describe('a require that a module makes for itself', () => {
  test.each([
    [
      'under its own name',
      `${here}const require = createRequire(import.meta.url)\nexport const it = require('inner')`,
    ],
    [
      'under another name',
      `${here}const $load = createRequire(import.meta.url)\nexport const it = () => $load("inner")`,
    ],
    ['called at once', `${here}export const it = createRequire(import.meta.url)('inner')`],
    [
      'of an import by another name',
      `import { createRequire as e } from 'module';const t=e(import.meta.url);export const it=t('inner')`,
    ],
    [
      'of the module’s default',
      `import module from 'node:module'\nvar require = module.createRequire(import.meta.url)\nexport const it = require('inner')`,
    ],
    [
      'of all of the module',
      `import * as m from 'node:module'\nlet req = m.createRequire(import.meta.filename)\nexport const it = req('inner')`,
    ],
    [
      'by the file’s path',
      `${here}import { fileURLToPath } from 'node:url'\nconst require = createRequire(fileURLToPath(import.meta.url))\nexport const it = require('inner')`,
    ],
    [
      'in a function',
      `export const it = async () => {\n  const { createRequire: make } = await import('node:module')\n  const load = make(import.meta.url)\n  return load('inner')\n}`,
    ],
    [
      'beside a parameter of that name',
      `${here}const load = createRequire(import.meta.url)\nconst other = (load) => load('')\nexport const it = () => other((name) => name + load('inner'))`,
    ],
  ])('%s: what it loads by a literal is in the image', async (_how, text) => {
    const root = await newProject(packages(text))
    const content = await imageOf(root)
    const { hash, packages: known, dynamicImports } = content.manifest
    expect(known.map(({ name }) => name)).toEqual(['inner', 'outer'])
    expect(dynamicImports).toEqual([])
    await writeFiles(root, { 'node_modules/inner/i.cjs': "module.exports = 'patched'\n" })
    expect(await run(content)).toBe('inner')
    const patched = await imageOf(root)
    expect(patched.manifest.hash).not.toBe(hash)
    expect(await run(patched)).toBe('patched')
  })

  test.each(['require', 'load'])(
    'lacks what it loads: %s says so when it is called',
    async (name) => {
      const text = `${here}const ${name} = createRequire(import.meta.url)\n\nexport const it = () => ${name}('gone')`
      const content = await imageOf(await newProject(packages(text)))
      expect(content.manifest.dynamicImports).toEqual([
        { path: 'node_modules/outer/i.js', line: 4, column: 25, text: `${name}('gone')` },
      ])
      const error: unknown = await run(content).catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: 'MODULE_NOT_FOUND' })
    },
  )

  test('tries what need not be there: it is asked for when the code runs, and not before', async () => {
    const text = `${here}const req = createRequire(import.meta.url)
export const it = () => { try { return req('gone') } catch (error) { return error.code } }`
    expect(await run(await imageOf(await newProject(packages(text))))).toBe('MODULE_NOT_FOUND')
  })

  test('still answers where something lies, as from its own file', async () => {
    const inner = { 'node_modules/outer/node_modules/deep/index.js': '' }
    for (const name of ['require', 'load']) {
      const text = `${here}const ${name} = createRequire(import.meta.url)
export const it = [${name}('inner'), ${name}.resolve('deep')]`
      const root = await newProject({ ...packages(text), ...inner })
      const deep = path.join(root, 'node_modules/outer/node_modules/deep/index.js')
      expect(await run(await imageOf(root))).toEqual(['inner', deep])
    }
  })

  test('is left as it is where it is only talked of', async () => {
    const said = "const require = createRequire(import.meta.url); require('inner')"
    const text = `// ${said}\nexport const it = ${JSON.stringify(said)} + \`${said}\``
    const content = await imageOf(await newProject(packages(text)))
    expect(await run(content)).toBe(said + said)
    expect(content.manifest.dynamicImports).toEqual([])
  })

  test('for another place, or of a name with two meanings, is named', async () => {
    const text = `${here}export const it = () => createRequire('/somewhere/')('inner')
export const two = () => { const load = createRequire(import.meta.url); return load('inner') }
export const three = () => { const load = (name) => name; return load('inner') }
`
    const { manifest } = await imageOf(await newProject(packages(text)))
    expect(manifest.packages.map(({ name }) => name)).toEqual(['outer'])
    expect(manifest.dynamicImports).toMatchObject([
      { path: 'node_modules/outer/i.js', line: 2, column: 25 },
      {
        line: 3,
        column: 34,
        text: "load = createRequire(import.meta.url); return load('inner') }",
      },
    ])
  })
})

describe('what is loaded by a name that is not written', () => {
  const other = { 'lib/other.mjs': 'export default import.meta.url\n', 'lib/dep/index.cjs': '' }
  const text = `const one = './other.mjs'; export const a = () => import(one)
export const b = (name) => import('./sub/' + name + '.js')
export const c = (name) => { try { return require(name) } catch (error) { return error.code } }
export const d = typeof require === 'function' && require.cache, e = (require) => require(one)
/* import(one) */ export const f = 'import(one)'
`

  test('is told with its place', async () => {
    const main = "export * from './lib/it.js'\nexport default 1\n"
    const root = await newProject({ 'main.ts': main, 'lib/it.js': text, 'lib/sub/x.js': '' })
    const { manifest } = await imageOf(root)
    expect(manifest.dynamicImports).toEqual([
      { path: 'lib/it.js', line: 1, column: 51, text: 'import(one)' },
      {
        path: 'lib/it.js',
        line: 3,
        column: 43,
        text: 'require(name) } catch (error) { return error.code } }',
      },
    ])
    // A pattern is no secret: what fits it is in the image.
    expect(manifest.sources.map((each) => each.path)).toContain('lib/sub/x.js')
  })

  test('by a pattern takes in no installed packages', async () => {
    const root = await newProject({
      'main.ts': "export default (name) => [import(`./${name}.ts`), require('./' + name), name]\n",
      'lib/part.ts': 'export const part = 1\n',
      'node_modules/loud/part.ts': 'export const loud = 1\n',
      'node_modules/loud/broken.js': 'this is no module',
      'lib/node_modules/quiet/part.ts': 'export const quiet = 1\n',
    })
    const { manifest, code } = await imageOf(root)
    const sources = manifest.sources.map((each) => each.path)
    expect(sources).toEqual(['lib/part.ts', 'main.ts', 'package.json'])
    expect(manifest.packages).toEqual([])
    expect(code).not.toMatch(/loud|quiet/)
  })

  test('does not change the hash of equal sources elsewhere', async () => {
    const files = {
      'main.ts': "import { a } from './lib/it.js'\nexport default { a }\n",
      'lib/it.js': text,
      'lib/sub/x.js': '',
    }
    const [one, two] = [await newProject(files), await newProject(files, 'some where/else')]
    expect((await imageOf(two)).manifest).toEqual((await imageOf(one)).manifest)
  })

  test('is looked for from the user’s file', async () => {
    const files = {
      ...other,
      'main.ts': "import { all } from './lib/it.mts'\nexport default { it: all }\n",
      'lib/it.mts': `const [one, two, three, gone] = ['./other.mjs', 'dep', './dep/index.cjs', './gone.mjs']
const [four, five] = ['os', 'node:os']
declare const require: (name: string) => unknown
export const all = async (): Promise<unknown> => [
  (await import(one)).default,
  (await import(two)).default,
  require(three),
  (await import(four)) === (await import(five)),
  await import(gone).catch((error) => error.code),
]
`,
      'lib/node_modules/dep/package.json':
        '{ "type": "module", "exports": { "import": "./i.js" } }',
      'lib/node_modules/dep/i.js': "export default 'for import only'\n",
    }
    const root = await newProject(files)
    const url = pathToFileURL(path.join(root, 'lib/other.mjs')).href
    expect(await run(await imageOf(root))).toEqual([
      url,
      'for import only',
      {},
      true,
      'ERR_MODULE_NOT_FOUND',
    ])
  })
})
