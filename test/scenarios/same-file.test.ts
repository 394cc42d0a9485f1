// @module-tag once
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { testRuntime } from '../support/runtime.ts'

const own = `import { defineProcess } from 'moult'
import { sign } from 'library'
export default defineProcess({
  version: '1.0.0',
  init: () => ({ count: 0 }),
  calls: { sign: (state) => sign(++state.count) },
})
`

/** A project whose one file imports one package. */
async function project(): Promise<{ file: string; install: (mark: string) => Promise<void> }> {
  const root = await mkdtemp(path.join(tmpdir(), 'moult-test-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const library = path.join(root, 'node_modules/library')
  await mkdir(library, { recursive: true })
  const file = path.join(root, 'main.ts')
  await writeFile(path.join(root, 'package.json'), '{}')
  await writeFile(file, own)
  const install = async (mark: string): Promise<void> => {
    const manifest = { name: 'library', version: mark, type: 'module', main: 'index.js' }
    await writeFile(path.join(library, 'package.json'), JSON.stringify(manifest))
    await writeFile(path.join(library, 'index.js'), `export const sign = (n) => n + '${mark}'\n`)
  }
  return { file, install }
}

test('the same file with other packages is another build of the same version', async () => {
  const { file, install } = await project()
  await install('a')
  const runtime = await testRuntime()
  const code = await runtime.load(file)
  const signer = await code.spawn({ args: undefined as never })
  const sign = (): Promise<unknown> => signer.call('sign' as never, undefined as never)
  expect(await sign()).toBe('1a')

  await expect(code.upgrade(file)).rejects.toMatchObject({ code: 'IDENTICAL_VERSION' })
  await install('b')
  const report = await code.upgrade(file)
  expect(report.to.version).toMatch(/^1\.0\.0\+[0-9a-f]{8}$/)
  expect(await sign()).toBe('2b')

  const [old, current] = await code.versions()
  expect(old).toMatchObject({ state: 'retired', isolates: [], processes: [] })
  expect(current?.packages).toEqual([
    { name: 'library', version: 'b', path: 'node_modules/library', isExternal: false },
  ])
  await code.rollBack()
  expect(await sign()).toBe('3a')
  await expect(code.upgrade(report.to.version)).resolves.toMatchObject({ to: report.to })
  expect(await sign()).toBe('4b')
})

test('an edited file still needs a label of its own', async () => {
  const { file, install } = await project()
  await install('a')
  const runtime = await testRuntime()
  const code = await runtime.load(file)
  await writeFile(file, own.replace('count: 0', 'count: 7'))
  await expect(code.upgrade(file)).rejects.toMatchObject({ code: 'VERSION_CONFLICT' })
})

test('loaded under another name the same file is another code; without a name it is the one there is', async () => {
  const { file, install } = await project()
  await install('a')
  const runtime = await testRuntime()
  const code = await runtime.load(file, { name: 'one' })
  const other = await runtime.load(file, { name: 'other' })
  expect([code.name, other.name]).toEqual(['one', 'other'])
  expect(await runtime.load(file)).toBe(code)
  expect(await runtime.load(file, { name: 'other' })).toBe(other)
  expect(await runtime.load(file, { name: 'one', external: [] })).toBe(code)
  await other.spawn({ args: undefined as never, name: 'of the other' })
  expect([code.processes.length, other.processes.length]).toEqual([0, 1])
})

test('without what stayed outside before a file is another code, and no other build of the one there is', async () => {
  const { file, install } = await project()
  await install('a')
  const runtime = await testRuntime()
  const code = await runtime.load(file, { external: ['library'] })
  const bundled = await runtime.load(file)
  expect(bundled).not.toBe(code)
  expect((await code.versions()).length).toBe(1)
  expect(await runtime.load(file, { external: ['library'] })).toBe(code)
})

test('what stays outside is what was said when a code was loaded', async () => {
  const { file, install } = await project()
  await install('a')
  const runtime = await testRuntime()
  const code = await runtime.load(file)
  // It is not imported, so the bytes are the same; a later version may.
  const open = await runtime.load(file, { external: ['later'] })
  expect(open).not.toBe(code)
  expect(await runtime.load(file, { external: ['later', 'later'] })).toBe(open)
})

test('an edited file that is loaded again under the same label is refused, and not a second code', async () => {
  const { file, install } = await project()
  await install('a')
  const runtime = await testRuntime()
  const code = await runtime.load(file)
  const isolates = runtime.isolates
  await writeFile(file, own.replace('count: 0', 'count: 7'))
  const refused = { code: 'VERSION_CONFLICT', codeName: 'main', version: '1.0.0', file }
  await expect(runtime.load(file)).rejects.toMatchObject(refused)
  await expect.poll(() => runtime.isolates).toBe(isolates)
  const other = await runtime.load(file, { name: 'edited' })
  expect(other.version.hash).not.toBe(code.version.hash)
  await writeFile(file, own)
  expect(await runtime.load(file)).toBe(code)
})

test('a file that is loaded again with other packages is the same code, and has a build more', async () => {
  const { file, install } = await project()
  await install('a')
  const runtime = await testRuntime()
  const code = await runtime.load(file)
  await install('b')
  expect(await runtime.load(file)).toBe(code)
  const [first, second, ...more] = await code.versions()
  expect(more).toEqual([])
  expect(first).toMatchObject({ version: '1.0.0', state: 'current' })
  expect(second?.version).toMatch(/^1\.0\.0\+/)
  expect(second?.state).toBe('loaded')
  await code.upgrade(second?.version ?? '')
  // The file as it is now is the build that runs.
  expect(await runtime.load(file)).toBe(code)
})

test('a file that is to be hosted otherwise is another code only under another name', async () => {
  const { file, install } = await project()
  await install('a')
  const runtime = await testRuntime()
  const code = await runtime.load(file)
  const isolates = runtime.isolates
  const refused = {
    code: 'INVALID_OPTION',
    codeName: 'main',
    path: 'isolates',
    expected: "'per-process', or go with a name of its own",
    received: '2',
  }
  await expect(runtime.load(file, { isolates: 2 })).rejects.toMatchObject(refused)
  await expect(runtime.load(file, { isolates: 2, name: 'main' })).rejects.toMatchObject(refused)
  await expect.poll(() => runtime.isolates).toBe(isolates)
  const shared = await runtime.load(file, { isolates: 2, name: 'shared' })
  expect(shared).not.toBe(code)
  expect(await runtime.load(file, { isolates: 2 })).toBe(shared)
  expect(await runtime.load(file, { isolates: 'per-process' })).toBe(code)
  expect(await runtime.load(file)).toBe(code)
  expect(await runtime.load(file, { name: 'shared' })).toBe(shared)
  const third = { isolates: 3, name: 'shared' }
  await expect(runtime.load(file, third)).rejects.toMatchObject({ codeName: 'shared' })
})

test.each(['in memory', 'in a folder'])(
  'a release of a package that changes nothing that is used is known from the next load on (images %s)',
  async (where) => {
    const { file, install } = await project()
    await install('a')
    const directory = path.join(path.dirname(file), 'images')
    const store = where === 'in memory' ? {} : { store: { directory } }
    const runtime = await testRuntime(store)
    const code = await runtime.load(file)
    const manifest = { name: 'library', version: 'a.1', type: 'module', main: 'index.js' }
    const installed = path.join(path.dirname(file), 'node_modules/library/package.json')
    await writeFile(installed, JSON.stringify(manifest))
    const versions = async (): Promise<unknown> => {
      return (await code.versions()).map(({ packages }) => packages.map(({ version }) => version))
    }
    expect(await versions()).toEqual([['a']])
    await expect(code.upgrade(file)).rejects.toMatchObject({ code: 'IDENTICAL_VERSION' })
    expect(await versions()).toEqual([['a.1']])
    const later = where === 'in memory' ? runtime : await testRuntime(store)
    const [again] = await (await later.load({ image: code.version.hash })).versions()
    expect(again?.packages).toMatchObject([{ version: 'a.1' }])
  },
)
