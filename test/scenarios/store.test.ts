// @module-tag once
import { execFile } from 'node:child_process'
import { chmod, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { Code, Runtime, RuntimeOptions } from 'moult'
import { expect, test } from 'vitest'
import { newProject, temporaryFolder, writeFiles } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { crash, files, nextFiles, ownTemporaryFolder, placedIn } from './image-program.ts'
import type { Loose } from './image-program.ts'

interface Kept {
  readonly directory: string
  readonly root: string
  readonly runtime: Runtime
  readonly code: Code<Loose>
  /** Of the version that runs, and of one that it can be upgraded to. */
  readonly hashes: readonly [string, string]
}

/** Two versions in a store, the first of which runs. */
async function kept(): Promise<Kept> {
  const directory = path.join(await temporaryFolder(), 'images')
  const root = await newProject(files)
  const runtime = await testRuntime({ store: { directory } })
  const main = path.join(root, 'main.ts')
  const code = await runtime.load<Loose>(main)
  await writeFiles(root, nextFiles)
  const next = await runtime.load<Loose>(main)
  return { directory, root, runtime, code, hashes: [code.version.hash, next.version.hash] }
}

test('a store has one file an image, named by its hash, and no other', async () => {
  const { directory, hashes } = await kept()
  expect((await readdir(directory)).sort()).toEqual(hashes.map((hash) => `${hash}.image`).sort())
})

test('a store gives images to a later runtime, which has never seen the sources', async () => {
  const { directory, root, runtime, hashes } = await kept()
  await runtime.close()
  await rm(root, { recursive: true })
  const later = await testRuntime({ store: { directory } })
  const code = await later.load<Loose>({ image: hashes[0] })
  expect(code.version).toEqual({ version: '1.0.0', hash: hashes[0] })
  expect(code.name).toBe('main')
  const ref = await code.spawn()
  expect(await ref.call('said')).toBe('one:1')
  await code.upgrade({ image: hashes[1] })
  expect(await ref.call('said')).toBe('two:2')
  expect(await later.load({ image: hashes[1] })).toBeDefined()
})

test('a store gives images to another process', async () => {
  const { directory, root, hashes } = await kept()
  await rm(root, { recursive: true })
  const script = path.join(await temporaryFolder(), 'other.mjs')
  await writeFile(
    script,
    `import { createRuntime } from ${JSON.stringify(import.meta.resolve('moult'))}
const runtime = await createRuntime({ store: { directory: ${JSON.stringify(directory)} } })
const code = await runtime.load({ image: '${hashes[0]}' })
const ref = await code.spawn()
console.log(await ref.call('said'))
await code.upgrade({ image: '${hashes[1]}' })
console.log(await ref.call('said'))
await runtime.close()
`,
  )
  const { stdout } = await promisify(execFile)(process.execPath, [script])
  expect(stdout).toBe('one:1\ntwo:2\n')
})

const placed = {
  'main.ts': `import { outside } from 'outside'
import { fileURLToPath } from 'node:url'
export default {
  version: '1.0.0',
  init: () => ({}),
  calls: { said: () => [outside, __dirname, fileURLToPath(import.meta.url)], die: () => process.exit(3) },
}
`,
  'node_modules/outside/package.json': '{ "type": "module", "main": "i.js" }',
  'node_modules/outside/i.js': "export const outside = 'there'\n",
}

test('an image that was made elsewhere is at home in the project that is named', async () => {
  const directory = await temporaryFolder()
  const store = { directory }
  const there = await newProject(placed)
  const maker = await testRuntime({ store, warmSpares: 0 })
  const made = await maker.load<Loose>(path.join(there, 'main.ts'), { external: ['outside'] })
  const image = made.version.hash
  const here = await newProject({ 'node_modules/outside/package.json': '{ "type": "module" }' })
  await writeFiles(here, {
    'node_modules/outside/index.js': '',
    'node_modules/outside/i.js': "export const outside = 'here'\n",
  })
  await rm(there, { recursive: true })
  for (const root of [here, pathToFileURL(here), path.relative(process.cwd(), here)]) {
    const runtime = await testRuntime({ store, warmSpares: 0 })
    const code = await runtime.load<Loose>({ image, root })
    const ref = await code.spawn()
    const said = ['here', here, path.join(here, 'main.ts')]
    expect(await ref.call('said')).toEqual(said)
    await crash(ref)
    expect(await ref.call('said')).toEqual(said)
    expect((await code.versions())[0]?.file).toBe(path.join(here, 'main.ts'))
  }
})

test.each([
  ['a number', 42, 'INVALID_OPTION'],
  ['an empty text', '', 'INVALID_OPTION'],
  ['a web address', new URL('https://example.org/'), 'INVALID_OPTION'],
  ['a folder that is not there', '/not/there', 'FILE_NOT_FOUND'],
  ['a file', import.meta.filename, 'FILE_NOT_FOUND'],
])('a root that is %s is refused', async (_what, root, code) => {
  const runtime = await testRuntime({ warmSpares: 0 })
  const loaded = await runtime.load<Loose>(path.join(await newProject(files), 'main.ts'))
  const load = runtime.load({ image: loaded.version.hash, root: root as string })
  const expected = expect.any(String) as string
  await expect(load).rejects.toMatchObject({ code, expected, received: expected })
})

test('a store is filled by many runtimes at once', async () => {
  const directory = await temporaryFolder()
  const root = await newProject(files)
  const runtimes = await Promise.all(
    Array.from({ length: 4 }, () => testRuntime({ store: { directory }, warmSpares: 0 })),
  )
  const codes = await Promise.all(
    runtimes.map((each) => each.load<Loose>(path.join(root, 'main.ts'))),
  )
  const [hash, ...others] = new Set(codes.map((code) => code.version.hash))
  expect(others).toEqual([])
  expect(await readdir(directory)).toEqual([`${hash}.image`])
})

test('a store refuses a damaged image; what runs goes on; loading the file again heals it', async () => {
  const { directory, root, runtime, code, hashes } = await kept()
  const ref = await code.spawn()
  const file = path.join(directory, `${hashes[1]}.image`)
  const whole = await readFile(file)
  const damaged = [
    whole.subarray(0, -1),
    Buffer.alloc(0),
    Buffer.concat([whole, Buffer.of(0)]),
    whole.map((byte, index) => (index === whole.length >> 1 ? byte ^ 4 : byte)),
    await readFile(path.join(directory, `${hashes[0]}.image`)),
  ]
  for (const bytes of damaged) {
    await writeFile(file, bytes)
    const corrupt = {
      name: 'MoultError',
      code: 'IMAGE_CORRUPT',
      expected: expect.any(String) as string,
      message: expect.stringContaining(hashes[1]) as string,
    }
    await expect(runtime.load({ image: hashes[1] })).rejects.toMatchObject(corrupt)
    const upgrade = code.upgrade({ image: hashes[1] })
    await expect(upgrade).rejects.toMatchObject({ ...corrupt, phase: 'load' })
    const fresh = await testRuntime({ store: { directory }, warmSpares: 0 })
    await expect(fresh.load({ image: hashes[1] })).rejects.toMatchObject(corrupt)
  }
  expect(await ref.call('said')).toBe('one:1')
  await runtime.load(path.join(root, 'main.ts'))
  expect((await readFile(file)).equals(whole)).toBe(true)
  await code.upgrade({ image: hashes[1] })
  expect(await ref.call('said')).toBe('two:2')
})

test('a store that is emptied while a version runs does not hinder it, until the placed image is gone too', async () => {
  const tmp = await ownTemporaryFolder()
  const { directory, code } = await kept()
  const ref = await code.spawn()
  await rm(directory, { recursive: true })
  await crash(ref)
  expect(await ref.call('said')).toBe('one:1')
  await rm(await placedIn(tmp), { recursive: true })
  await expect(code.spawn()).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' })
  expect(await ref.call('said')).toBe('one:2')
  await crash(ref)
  await expect(ref.call('said')).rejects.toMatchObject({ name: 'MoultError' })
})

test('a store that is a file, or lies below one, is refused with its name', async () => {
  const root = await newProject(files)
  const file = path.join(root, 'package.json')
  for (const directory of [file, path.join(file, 'below')]) {
    const runtime = await testRuntime({ store: { directory }, warmSpares: 0 })
    const refused = {
      code: 'LOAD_FAILED',
      message: expect.stringContaining(directory) as string,
      cause: { code: expect.stringMatching(/EEXIST|ENOTDIR/) as string },
    }
    const load = runtime.load(path.join(root, 'main.ts'))
    await expect(load).rejects.toMatchObject(refused)
    const byHash = runtime.load({ image: 'f'.repeat(64) })
    await expect(byHash).rejects.toMatchObject(refused)
  }
})

async function isRefused(directory: string, code: string): Promise<void> {
  const root = await newProject(files)
  const runtime = await testRuntime({ store: { directory }, warmSpares: 0 })
  await expect(runtime.load(path.join(root, 'main.ts'))).rejects.toMatchObject({
    code: 'LOAD_FAILED',
    message: expect.stringContaining(directory) as string,
    cause: { code },
  })
}

// Node itself would try for ever to make it.
test.runIf(process.platform === 'linux')('a store where the system has no folders is refused', () =>
  isRefused('/proc/nope/images', 'ENOENT'),
)

test.runIf(process.getuid?.() !== 0)('a store that may not be made is refused', async () => {
  const folder = await temporaryFolder()
  await chmod(folder, 0o500)
  await isRefused(path.join(folder, 'images'), 'EACCES')
})

test('a store that cannot be used any more refuses an upgrade; what runs goes on', async () => {
  const { directory, root, code } = await kept()
  const ref = await code.spawn()
  await rm(directory, { recursive: true })
  await writeFile(directory, '')
  const upgrade = code.upgrade(path.join(root, 'main.ts'))
  await expect(upgrade).rejects.toMatchObject({ code: 'LOAD_FAILED', phase: 'load' })
  expect(await ref.call('said')).toBe('one:1')
})

test.each([
  ['a hash that nobody stored', 'f'.repeat(64), 'IMAGE_NOT_FOUND'],
  ['a word', 'nothing', 'IMAGE_NOT_FOUND'],
  ['an empty text', '', 'IMAGE_NOT_FOUND'],
  ['a path', '../../package', 'IMAGE_NOT_FOUND'],
  ['a number', 42, 'INVALID_OPTION'],
  ['nothing', undefined, 'INVALID_OPTION'],
])('an image named by %s is refused, by load and by upgrade', async (_what, image, code) => {
  const root = await newProject(files)
  for (const store of [undefined, { directory: await temporaryFolder() }]) {
    const runtime = await testRuntime({ ...(store && { store }), warmSpares: 0 })
    const loaded = await runtime.load<Loose>(path.join(root, 'main.ts'))
    const ref = await loaded.spawn()
    const source = { image: image as string }
    const expected = { name: 'MoultError', code, expected: expect.any(String) as string }
    await expect(runtime.load(source)).rejects.toMatchObject(expected)
    await expect(loaded.upgrade(source)).rejects.toMatchObject({ ...expected, phase: 'load' })
    expect(await ref.call('said')).toBe('one:1')
  }
})

test.each([[42], ['images'], [{}], [{ directory: '' }], [{ directory: 1 }], [{ folder: 'a' }]])(
  'store: %j is refused',
  async (store) => {
    const runtime = testRuntime({ store } as unknown as RuntimeOptions)
    await expect(runtime).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  },
)

test.each([null, {}, { hash: 'a' }])('%j is no source', async (source) => {
  const runtime = await testRuntime({ warmSpares: 0 })
  const load = runtime.load(source as unknown as string)
  await expect(load).rejects.toMatchObject({ code: 'INVALID_OPTION' })
})
