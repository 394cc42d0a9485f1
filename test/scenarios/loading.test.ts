import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AnyDefinition, ProcessRef } from 'moult'
import { expect, onTestFinished, test } from 'vitest'
import type counterV1 from '../fixtures/counter/v1.ts'
import type everything from '../fixtures/loading/everything.ts'
import { fixture, silentLogger, testRuntime } from '../support/runtime.ts'

interface Loose extends AnyDefinition {
  readonly init: () => unknown
  readonly calls: Record<string, (state: never, payload?: unknown) => unknown>
}

/** A folder of files, by path, that goes when the test ends. */
async function project(files: Record<string, string>): Promise<string> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'moult-project-')))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true })
    await writeFile(path.join(folder, file), text)
  }
  return folder
}

function program(calls: string, imports = '', version = '1.0.0'): string {
  return `${imports}\nexport default { version: '${version}', init: () => ({}), calls: { ${calls} } }\n`
}

async function spawn(file: string | URL, external: string[] = []): Promise<ProcessRef<Loose>> {
  const runtime = await testRuntime()
  return (await runtime.load<Loose>(file, { external })).spawn()
}

test('JSON, CommonJS, ESM, npm packages, built-in modules, top-level await, dynamic import, files beside the code', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof everything>(fixture('loading/everything.ts'))
  const ref = await code.spawn()
  expect(await ref.call('json')).toBe(42)
  expect(await ref.call('settled')).toBe('awaited at the top')
  expect(await ref.call('beside')).toBe(42)
  expect(await ref.call('builtin')).toBe(64)
  expect(await ref.call('npm')).toBe(3)
  expect(await ref.call('mjs')).toBe('from an mjs file')
  expect(await ref.call('cjs')).toBe('loading/common.cjs')
  expect(await ref.call('dynamic')).toBe('loaded when asked')
  await expect(ref.call('missing', 'no-such-package')).rejects.toMatchObject({
    code: 'ERR_MODULE_NOT_FOUND',
  })
})

test.each(['js', 'mjs', 'mts', 'cjs'])('a .%s file is loaded', async (extension) => {
  // eslint does not know a .js file that tsc does not know, so that one lies where neither looks.
  const folder = extension === 'js' ? 'broken' : 'loading'
  const ref = await spawn(fixture(`${folder}/plain.${extension}`))
  expect(await ref.call('kind')).toBe(extension)
})

test('a file is named by a URL, by its text, by an absolute or a relative path', async () => {
  const runtime = await testRuntime()
  const url = fixture('counter/v1.ts')
  const names = [url, url.href, url.pathname, path.relative(process.cwd(), url.pathname)]
  const codes = await Promise.all(names.map((name) => runtime.load(name)))
  expect(new Set(codes).size).toBe(1)
})

test('the same bytes are the same code; a process of each load is of it', async () => {
  const runtime = await testRuntime()
  const one = await runtime.load<typeof counterV1>(fixture('counter/v1.ts'))
  const other = await runtime.load<typeof counterV1>(fixture('counter/v1.ts'))
  expect(other).toBe(one)
  await one.spawn({ args: { start: 1 } })
  await other.spawn({ args: { start: 2 } })
  expect(one.processes).toHaveLength(2)
})

test('a package that reads a file beside its own code finds it', async () => {
  const folder = await project({
    'package.json': '{}',
    'main.mjs': program(
      'text: () => text(), file: () => file',
      "import { text, file } from 'beside'",
    ),
    'node_modules/beside/package.json': '{ "name": "beside", "main": "lib/index.js" }',
    'node_modules/beside/lib/data.txt': 'beside the code',
    'node_modules/beside/lib/index.js': `
      exports.text = () => require('fs').readFileSync(require('path').join(__dirname, 'data.txt'), 'utf8')
      exports.file = __filename`,
  })
  const ref = await spawn(path.join(folder, 'main.mjs'))
  expect(await ref.call('text')).toBe('beside the code')
  expect(await ref.call('file')).toBe(path.join(folder, 'node_modules/beside/lib/index.js'))
})

test('what a package loads by a require of its own is part of the image, and seen by an upgrade', async () => {
  const inner = 'node_modules/inner/index.cjs'
  const files = {
    'package.json': '{}',
    'main.mjs': program(
      'said: () => said(), die: () => process.exit(1)',
      "import { said } from 'outer'",
    ),
    'node_modules/outer/package.json': '{ "name": "outer", "type": "module", "main": "index.js" }',
    'node_modules/outer/index.js': `import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
export const said = () => require('inner').said`,
    'node_modules/inner/package.json': '{ "name": "inner", "main": "index.cjs" }',
    [inner]: "exports.said = 'vulnerable'",
  }
  const folder = await project(files)
  const main = path.join(folder, 'main.mjs')
  const runtime = await testRuntime()
  const code = await runtime.load<Loose>(main)
  const ref = await code.spawn()
  await writeFile(path.join(folder, inner), "exports.said = 'half-wri")
  await expect(ref.call('die')).rejects.toMatchObject({ code: 'ISOLATE_EXITED' })
  expect(await ref.call('said')).toBe('vulnerable')
  await writeFile(path.join(folder, inner), "exports.said = 'patched'")
  await code.upgrade(main)
  expect(await ref.call('said')).toBe('patched')
  await rm(path.join(folder, 'node_modules/inner'), { recursive: true })
  await code.upgrade(main)
  await expect(ref.call('said')).rejects.toMatchObject({ code: 'MODULE_NOT_FOUND' })
  const outer = path.join(folder, 'node_modules/outer/index.js')
  await writeFile(outer, files['node_modules/outer/index.js'].replace('() => ', ''))
  const refused = {
    code: 'UNRESOLVED_IMPORT',
    file: outer,
    line: 3,
    message: expect.stringContaining(`${outer}:3:`) as string,
  }
  await expect(code.upgrade(main)).rejects.toMatchObject(refused)
})

test('what is loaded by a name that is made when the code runs is named, and logged once', async () => {
  const folder = await project({
    'package.json': '{}',
    'main.mjs': program('url: async (_state, name) => (await import(name)).url'),
    'lib/url.mjs': 'export const url = import.meta.url',
  })
  const lines: unknown[] = []
  const runtime = await testRuntime({
    logger: { ...silentLogger, warn: (...line) => lines.push(line) },
  })
  const code = await runtime.load<Loose>(path.join(folder, 'main.mjs'))
  await runtime.load(path.join(folder, 'main.mjs'))
  const [version] = await code.versions()
  expect(version?.dynamicImports).toEqual([
    { path: 'main.mjs', line: 2, column: 99, text: 'import(name)).url } }' },
  ])
  const url = pathToFileURL(path.join(folder, 'lib/url.mjs')).href
  expect(await (await code.spawn()).call('url', './lib/url.mjs')).toBe(url)
  expect(lines).toEqual([
    [
      expect.stringContaining('known only when it runs'),
      { count: 1, dynamicImports: ['main.mjs:2:99'] },
    ],
  ])
})

test('what is external is imported from where it is, by each version for itself', async () => {
  const folder = await project({
    'package.json': '{}',
    'main.mjs': program('url: () => url', "import { url } from 'outside'"),
    'node_modules/outside/package.json':
      '{ "name": "outside", "type": "module", "exports": "./index.js" }',
    'node_modules/outside/index.js': 'export const url = new Error().stack',
  })
  const bundled = await spawn(path.join(folder, 'main.mjs'))
  const external = await spawn(path.join(folder, 'main.mjs'), ['outside'])
  expect(String(await external.call('url')).split('\n')[1]).toContain(folder)
  expect(await bundled.call('url')).toBeTypeOf('string')
})

test('two projects with equal files are two programs, each beside its own files', async () => {
  const main = program(
    "text: () => readFileSync(new URL('./data.txt', import.meta.url), 'utf8'), die: () => process.exit(1)",
    "import { readFileSync } from 'node:fs'",
  )
  const one = await project({ 'package.json': '{}', 'main.mjs': main, 'data.txt': 'one' })
  const two = await project({ 'package.json': '{}', 'main.mjs': main, 'data.txt': 'two' })
  const runtime = await testRuntime()
  const [first, second] = [
    await (await runtime.load<Loose>(path.join(one, 'main.mjs'))).spawn(),
    await (await runtime.load<Loose>(path.join(two, 'main.mjs'))).spawn(),
  ]
  expect(await first.call('text')).toBe('one')
  expect(await second.call('text')).toBe('two')
  await expect(first.call('die')).rejects.toMatchObject({ code: 'ISOLATE_EXITED' })
  expect(await first.call('text')).toBe('one')
})

test('an edited file is another version: of another label it upgrades, of the same label it is refused', async () => {
  const folder = await project({ 'package.json': '{}', 'main.mjs': program('one: () => 1') })
  const file = path.join(folder, 'main.mjs')
  const runtime = await testRuntime()
  const code = await runtime.load<Loose>(file)
  const ref = await code.spawn()
  await expect(code.upgrade(file)).rejects.toMatchObject({
    code: 'IDENTICAL_VERSION',
    phase: 'plan',
  })
  await writeFile(file, program('one: () => 2'))
  await expect(code.upgrade(file)).rejects.toMatchObject({
    code: 'VERSION_CONFLICT',
    phase: 'plan',
  })
  expect(await ref.call('one')).toBe(1)
  const next = program('one: () => 3', '', '2.0.0')
  await writeFile(file, next)
  await expect(code.upgrade(file)).rejects.toMatchObject({ code: 'NO_MIGRATION', phase: 'plan' })
  await writeFile(file, next.replace('calls:', "codeChange: { '1.0.0': 'unchanged' }, calls:"))
  await code.upgrade(file)
  expect(await ref.call('one')).toBe(3)
})

test('a version that lacks calls is refused, unless they are let go; what waits for them is told', async () => {
  const [has, lacks] = [
    program('one: () => 1, two: () => 2'),
    program('one: () => 11', '', '2.0.0').replace(
      'calls:',
      "codeChange: { '1.0.0': 'unchanged' }, calls:",
    ),
  ]
  const folder = await project({ 'package.json': '{}', 'v1.mjs': has, 'v2.mjs': lacks })
  const waiting: Promise<unknown>[] = []
  const refs: ProcessRef<Loose>[] = []
  const runtime = await testRuntime({
    faultPoint: (phase) => {
      if (phase !== 'transfer' && phase !== 'resume') return
      for (const ref of refs) {
        waiting.push(
          ref.call('two').catch((error: unknown) => error),
          ref.call('one'),
        )
      }
    },
  })
  const code = await runtime.load<Loose>(path.join(folder, 'v1.mjs'))
  refs.push(await code.spawn())
  const v2 = path.join(folder, 'v2.mjs')
  await expect(code.upgrade(v2)).rejects.toMatchObject({
    code: 'CALLS_REMOVED',
    phase: 'plan',
    received: expect.stringContaining('two') as string,
  })
  await code.upgrade(v2, { allowRemoved: true })
  const unknown = { code: 'UNKNOWN_CALL', received: 'two' }
  expect(await Promise.all(waiting)).toMatchObject([unknown, 11, unknown, 11])
})
