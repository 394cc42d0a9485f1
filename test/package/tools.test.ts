// @module-tag once
import { build } from 'esbuild'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm, symlink } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { installed } from '../support/installed.ts'
import { folderOfBlock, newProject, temporaryFolder } from '../support/project.ts'

const run = promisify(execFile)
const LONG = { timeout: 120_000 }
const root = fileURLToPath(new URL('../../', import.meta.url))
const tool = (file: string): string => path.join(root, 'node_modules', file)

const greeter = `import { defineProcess } from 'moult'

export default defineProcess({
  version: '1.0.0',
  init: () => ({ greeted: 0 }),
  calls: { greet: (state, name: string) => \`\${++state.greeted}: hello, \${name}\` },
})
`
const main = `import { createRuntime } from 'moult'
import type greeter from './greeter.ts'

const runtime = await createRuntime()
const code = await runtime.load<typeof greeter>(new URL('./greeter.js', import.meta.url))
console.log(await (await code.spawn()).call('greet', 'Ada'))
await runtime.close()
`

/** The installed moult that all projects share which change nothing in it. */
let own = ''
const folder = folderOfBlock()
beforeAll(async () => {
  own = await installed(folder())
})

/** A project in which moult is installed, by a link. */
async function projectWith(files: Record<string, string>, from = own): Promise<string> {
  const project = await newProject({ 'package.json': '{ "type": "module" }', ...files })
  await mkdir(path.join(project, 'node_modules'), { recursive: true })
  await symlink(from, path.join(project, 'node_modules/moult'), 'junction')
  return project
}

test('what tsc writes runs', LONG, async () => {
  const project = await projectWith({ 'greeter.ts': greeter, 'main.ts': main })
  const options = ['--module', 'nodenext', '--target', 'es2023', '--skipLibCheck']
  const types = ['--types', 'node', '--typeRoots', tool('@types'), '--outDir', 'dist']
  const imports = ['--allowImportingTsExtensions', '--rewriteRelativeImportExtensions']
  const tsc = [
    tool('typescript/bin/tsc'),
    ...options,
    ...types,
    ...imports,
    'main.ts',
    'greeter.ts',
  ]
  await run(process.execPath, tsc, { cwd: project })
  const { stdout } = await run(process.execPath, ['dist/main.js'], { cwd: project })
  expect(stdout).toBe('1: hello, Ada\n')
})

test('a bundle of esbuild runs, with moult and the programs outside', LONG, async () => {
  const project = await projectWith({ 'greeter.ts': greeter, 'main.ts': main })
  await build({
    absWorkingDir: project,
    entryPoints: ['main.ts', 'greeter.ts'],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    outdir: 'dist',
  })
  await rm(path.join(project, 'main.ts'))
  await rm(path.join(project, 'greeter.ts'))
  const { stdout } = await run(process.execPath, ['dist/main.js'], { cwd: project })
  expect(stdout).toBe('1: hello, Ada\n')
})

test('a bundle of which moult is a part is refused', LONG, async () => {
  const project = await projectWith({
    'main.ts': `import { createRuntime } from 'moult'
createRuntime().catch((error) => console.log(error.code, error.message))
`,
  })
  const options = { bundle: true, platform: 'node', logLevel: 'silent' } as const
  // Piscina is CommonJS, which needs a `require` in an ES module.
  const js = `import { createRequire as requireFor } from 'node:module'; const require = requireFor(import.meta.url)`
  const formats = { cjs: {}, esm: { banner: { js } } } as const
  for (const format of ['cjs', 'esm'] as const) {
    const outfile = `main.${format === 'cjs' ? 'cjs' : 'mjs'}`
    const input = { absWorkingDir: project, entryPoints: ['main.ts'], format, outfile }
    await build({ ...options, ...input, ...formats[format] })
    const { stdout } = await run(process.execPath, [outfile], { cwd: project })
    expect(stdout).toMatch(/^UNSUPPORTED_PLATFORM .*external: \['moult'\]/)
  }
})

const ofVite = {
  'greeter.ts': greeter,
  'page.ts': `import { isMoultError } from 'moult'
import type { ProcessRef } from 'moult'
import type greeter from './greeter.ts'

export const page = async (ref: ProcessRef<typeof greeter>): Promise<string> =>
  isMoultError(0) ? 'never' : ref.call('greet', 'Ada')
`,
  'server.js': `import { createRuntime } from 'moult'
import { createServer } from 'vite'

const runtime = await createRuntime()
const code = await runtime.load(new URL('./greeter.ts', import.meta.url))
const ref = await code.spawn()
const server = { middlewareMode: true, ws: false }
const vite = await createServer({ server, appType: 'custom', logLevel: 'error', optimizeDeps: { noDiscovery: true } })
for (let time = 0; time < 2; time++) {
  const { page } = await vite.ssrLoadModule('/page.ts')
  console.log(await page(ref))
  vite.moduleGraph.invalidateAll()
}
await vite.close()
await runtime.close()
`,
  'all.ts': main.replace('./greeter.js', '../greeter.ts'),
  'vite.config.js': `export default { ssr: { external: ['moult'] }, build: { ssr: 'all.ts' }, logLevel: 'error' }\n`,
}

test('Vite renders with it in development, and builds what has it outside', LONG, async () => {
  const project = await projectWith(ofVite)
  await symlink(tool('vite'), path.join(project, 'node_modules/vite'), 'junction')
  const rendered = await run(process.execPath, ['server.js'], { cwd: project })
  expect(rendered.stdout).toBe('1: hello, Ada\n2: hello, Ada\n')
  await run(process.execPath, [tool('vite/bin/vite.js'), 'build'], { cwd: project })
  const built = await run(process.execPath, ['dist/all.js'], { cwd: project })
  expect(built.stdout).toBe('1: hello, Ada\n')
})

test(
  'a debugger shows each thread by the number that inspect() and versions() tell',
  LONG,
  async () => {
    const project = await projectWith({
      'greeter.ts': greeter,
      'main.js': `import { createRuntime } from 'moult'
import { Session } from 'node:inspector'

const session = new Session()
session.connect()
const titles = []
session.on('NodeWorker.attachedToWorker', ({ params }) => titles.push(params.workerInfo.title))
session.post('NodeWorker.enable', { waitForDebuggerOnStart: false })
const runtime = await createRuntime()
const code = await runtime.load(new URL('./greeter.ts', import.meta.url))
const { threadId } = await (await code.spawn()).inspect()
const [{ isolates }] = await code.versions()
console.log(JSON.stringify({ threadId, ids: isolates.map((each) => each.threadId), titles }))
await runtime.close()
session.disconnect()
`,
    })
    const { stdout } = await run(process.execPath, ['main.js'], { cwd: project })
    const { threadId, ids, titles } = JSON.parse(stdout) as Record<string, unknown>
    expect(ids).toEqual([threadId])
    const isOfIt: unknown = expect.stringMatching(new RegExp(`^\\[worker ${String(threadId)}\\]`))
    expect(titles).toEqual(expect.arrayContaining([isOfIt]))
  },
)

test('an image runs where there are neither sources nor esbuild', LONG, async () => {
  const store = await temporaryFolder()
  const runtime = `const runtime = await createRuntime({ store: { directory: ${JSON.stringify(store)} } })`
  const building = await projectWith({
    'greeter.ts': greeter,
    'build.js': `import { createRuntime } from 'moult'
${runtime}
const { version } = await runtime.load(new URL('./greeter.ts', import.meta.url))
console.log(version.hash)
await runtime.close()
`,
  })
  const { stdout: hash } = await run(process.execPath, ['build.js'], { cwd: building })
  await rm(path.join(building, 'greeter.ts'))

  const without = await installed()
  await rm(path.join(without, 'node_modules/esbuild'))
  const target = await projectWith(
    {
      'main.js': `import { createRuntime } from 'moult'
${runtime}
const code = await runtime.load({ image: process.argv[2] }, { name: 'greeter' })
console.log(await (await code.spawn()).call('greet', 'Ada'))
const refused = await runtime.load('greeter.ts').catch((error) => error)
console.log(refused.code, refused.message)
await runtime.close()
`,
      'greeter.ts': greeter,
    },
    without,
  )
  const { stdout } = await run(process.execPath, ['main.js', hash.trim()], { cwd: target })
  expect(stdout).toMatch(/^1: hello, Ada\nLOAD_FAILED .*esbuild is not installed/)
})

test.each(['forks', 'threads'])('vitest runs it in its pool of %s', LONG, async (pool) => {
  const project = await projectWith({
    'greeter.ts': greeter,
    'greeter.test.ts': `import { createRuntime } from 'moult'
import { afterAll, expect, test } from 'vitest'
import type greeter from './greeter.ts'

const runtime = await createRuntime()
afterAll(() => runtime.close())

test('greets', async () => {
  const code = await runtime.load<typeof greeter>(new URL('./greeter.ts', import.meta.url))
  expect(await (await code.spawn()).call('greet', 'Ada')).toBe('1: hello, Ada')
})
`,
  })
  await symlink(tool('vitest'), path.join(project, 'node_modules/vitest'), 'junction')
  const command = [tool('vitest/vitest.mjs'), 'run', '--root', project, '--pool', pool]
  const env = { ...process.env, NO_COLOR: '1' }
  const { stdout } = await run(process.execPath, command, { cwd: project, env })
  expect(stdout).toMatch(/Tests\s+1 passed/)
})

test('a signal closes it, after what had been accepted', LONG, async () => {
  const project = await projectWith({
    'slow.ts': greeter.replace(
      'calls: {',
      'calls: { slow: async (state) => { await new Promise((resolve) => setTimeout(resolve, 300)); return ++state.greeted },',
    ),
    'main.js': `import { createRuntime } from 'moult'
const runtime = await createRuntime()
process.once('SIGTERM', () => void runtime.close({ timeoutMs: 5_000 }))
const code = await runtime.load(new URL('./slow.ts', import.meta.url))
const slow = await code.spawn()
void slow.call('slow').then((value) => console.log('answered', value))
console.log('ready')
`,
  })
  const child = spawn(process.execPath, ['main.js'], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (said === '') child.kill('SIGTERM')
    said += text
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  expect({ code, signal, said }).toEqual({ code: 0, signal: null, said: 'ready\nanswered 1\n' })
})
