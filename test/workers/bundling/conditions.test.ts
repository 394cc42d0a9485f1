import { stop } from 'esbuild'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { build } from '../../../workers/bundling/build.ts'
import { givenConditions } from '../../../workers/bundling/conditions.ts'
import { placeImage } from '../../../workers/bundling/placed-image.ts'
import { inPlainNode } from '../../support/plain-node.ts'
import { newProject, temporaryFolder } from '../../support/project.ts'

afterAll(stop)

describe('the conditions that Node was started with', () => {
  test.each([
    [[], '', []],
    [['-C', 'one'], '', ['one']],
    [['-C=one', '--conditions', 'two', '--conditions=three'], '', ['one', 'two', 'three']],
    [['--inspect', '-C'], '', []],
    [[], '-C one --conditions=two', ['one', 'two']],
    [[], '  --no-warnings   --conditions "with space" "-C=quo\\"ted"', ['with space', 'quo"ted']],
    [['-C', 'one'], '-C one', ['one']],
  ])('%j and NODE_OPTIONS %j', (execArgv, nodeOptions, expected) => {
    expect(givenConditions(execArgv, nodeOptions)).toEqual(expected)
  })
})

const before = process.env['NODE_OPTIONS']
afterEach(() => {
  if (before === undefined) delete process.env['NODE_OPTIONS']
  else process.env['NODE_OPTIONS'] = before
})

test('a package gives what it gives in Node under the same conditions', async () => {
  const targets = { staging: './staging.mjs', default: './default.mjs' }
  const root = await newProject({
    'main.mjs': `import it from 'pkg'
import inner from '#inner'
const resolve = (meta) => meta.resolve('pkg')
export default { calls: { it: () => [it, inner, resolve(import.meta)] } }`,
    'package.json': JSON.stringify({ imports: { '#inner': targets } }),
    'staging.mjs': "export default 'staging'",
    'default.mjs': "export default 'default'",
    'node_modules/pkg/package.json': JSON.stringify({ exports: targets }),
    'node_modules/pkg/staging.mjs': "export default 'staging of the package'",
    'node_modules/pkg/default.mjs': "export default 'default of the package'",
  })
  const entry = path.join(root, 'main.mjs')
  for (const flags of ['', '-C staging']) {
    process.env['NODE_OPTIONS'] = `${before ?? ''} ${flags}`
    const made = await build({ entry, root, external: [] })
    if (made.kind === 'failure') throw new Error(made.message)
    const { file } = await placeImage(made.content, await temporaryFolder())
    const { default: bundled } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
      default: { calls: { it: () => unknown } }
    }
    const [plain] = await inPlainNode([entry], { env: { NODE_OPTIONS: flags } })
    expect(bundled.calls.it()).toEqual(plain?.value)
  }
})
