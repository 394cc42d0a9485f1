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
