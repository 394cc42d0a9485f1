import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { finder } from '../workers/bundling/outside-kinds.ts'
import { crash } from './image-program.ts'
import type { Loose } from './image-program.ts'

/** An addon that a package of the tests brings for common machines. */
const platform = `${process.platform}-${process.arch}`
const folder = path.resolve(`node_modules/@msgpackr-extract/msgpackr-extract-${platform}`)
const addon = ['node.napi.glibc.node', 'node.napi.node']
  .map((name) => path.join(folder, name))
  .find((file) => existsSync(file))

const program = (version: string, migrations = ''): string => `
import { createRequire } from 'node:module'
import byStack from 'by-stack'
import { platform } from 'by-platform'
const require = createRequire(import.meta.url)
const said = (load) => {
  try {
    return Object.getOwnPropertyNames(load())
  } catch (error) {
    return error.code
  }
}
const name = 'fast'
export const all = () => ({
  literal: said(() => require('./build/fast.node')),
  bare: said(() => require('./build/fast')),
  pattern: said(() => require(\`./build/\${name}.node\`)),
  byStack: said(byStack),
  byPlatform: said(platform),
  tried: said(() => require('./fast.linux-x64-gnu.node')),
  notInstalled: said(() => require('oracle-driver')),
})
export default {
  version: '${version}',
  init: () => ({}),
  ${migrations}
  calls: { all, die: () => process.exit(3) },
}
`

const files = {
  'main.mjs': program('1.0.0'),
  'next.mjs': program('2.0.0', "codeChange: { '1.0.0': 'unchanged' },"),
  ...finder,
  'node_modules/by-stack/package.json': '{ "name": "by-stack", "version": "1.0.0" }',
  'node_modules/by-stack/index.js': "module.exports = () => require('bindings')('fast.node')",
  'node_modules/by-platform/package.json': JSON.stringify({
    name: 'by-platform',
    optionalDependencies: { [`@by-platform/${platform}`]: '1.0.0' },
  }),
  'node_modules/by-platform/index.js': `exports.platform = () => require('@by-platform/${platform}')`,
  [`node_modules/@by-platform/${platform}/package.json`]: '{ "main": "fast.node" }',
}

/** What Node itself says, in a process of its own. */
async function inNode(main: string): Promise<unknown> {
  const script = `console.log(JSON.stringify((await import(process.argv[1])).all()))`
  const args = ['--input-type=module', '-e', script, main]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout)
}

test.skipIf(addon === undefined)(
  'addons are found as in Node, by each thread of each version, and what is not there is no hindrance',
  async () => {
    const root = await newProject(files)
    for (const each of [
      'build',
      'node_modules/by-stack/build',
      `node_modules/@by-platform/${platform}`,
    ]) {
      await mkdir(path.join(root, each), { recursive: true })
      await cp(addon!, path.join(root, each, 'fast.node'))
    }
    const main = path.join(root, 'main.mjs')
    const expected = await inNode(main)
    expect(expected).toMatchObject({
      byStack: expect.arrayContaining(['extractStrings']) as string[],
      tried: 'MODULE_NOT_FOUND',
      notInstalled: 'MODULE_NOT_FOUND',
    })
    const runtime = await testRuntime()
    const code = await runtime.load<Loose>(main)
    const refs = [await code.spawn(), await code.spawn()]
    for (const ref of refs) expect(await ref.call('all')).toEqual(expected)
    await crash(refs[0]!)
    expect(await refs[0]!.call('all')).toEqual(expected)
    await code.upgrade(path.join(root, 'next.mjs'))
    for (const ref of refs) expect(await ref.call('all')).toEqual(expected)
    const [version] = await code.versions()
    const outside = version!.packages.filter(({ isExternal }) => isExternal)
    expect(outside.map(({ path: at }) => at)).toEqual([
      'node_modules/by-platform',
      'node_modules/by-stack',
    ])
  },
)

test('a plug-in says in its package.json what stays outside', async () => {
  const root = await newProject({
    'main.mjs': `import { file } from 'p'
export default { version: '1.0.0', init: () => ({}), calls: { file: () => file } }
`,
    'package.json': '{ "moult": { "external": ["p"] } }',
    'node_modules/p/package.json': '{ "name": "p", "type": "module", "exports": "./i.js" }',
    'node_modules/p/i.js':
      'export const file = import.meta.url + new Error().stack.split("\\n")[1]\n',
    'wrong/package.json': '{ "moult": { "external": "p" } }',
    'wrong/main.mjs': "export default { version: '1.0.0', init: () => ({}) }\n",
  })
  const runtime = await testRuntime()
  const code = await runtime.load<Loose>(path.join(root, 'main.mjs'))
  expect(await (await code.spawn()).call('file')).toContain('node_modules/p/i.js:1:')
  expect(await code.versions()).toMatchObject([{ packages: [{ name: 'p', isExternal: true }] }])
  await expect(runtime.load(path.join(root, 'wrong/main.mjs'))).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    file: path.join(root, 'wrong/package.json'),
    message: expect.stringContaining(
      'moult.external should be an array of package names',
    ) as string,
  })
})
