// @module-tag once
import { access, mkdir, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { ProcessRef, RuntimeOptions } from 'moult'
import { expect, test } from 'vitest'
import { newProject, temporaryFolder, writeFiles } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { crash, files, nextFiles, ownTemporaryFolder, placedIn } from './image-program.ts'
import type { Loose } from './image-program.ts'

/** What can become of sources. */
const fates: Record<string, (root: string) => Promise<void>> = {
  edited: (root) => writeFiles(root, { 'lib/said.ts': "export const said = 'edited:'\n" }),
  'half-written': (root) => truncate(path.join(root, 'main.ts'), 100),
  deleted: (root) => rm(root, { recursive: true }),
  'replaced by a folder': async (root) => {
    await rm(path.join(root, 'lib/said.ts'))
    await mkdir(path.join(root, 'lib/said.ts'))
  },
}

const stores: Record<string, () => Promise<RuntimeOptions>> = {
  'in memory': () => Promise.resolve({}),
  'in a folder': async () => ({ store: { directory: await temporaryFolder() } }),
}

/** Where the bytes are has nothing to do with what becomes of the sources: each fate once, and the worst of them in both. */
const cases = [
  ['in memory', 'edited'],
  ['in memory', 'deleted'],
  ['in a folder', 'deleted'],
  ['in a folder', 'half-written'],
  ['in a folder', 'replaced by a folder'],
] as const

test.each(cases)(
  'stored %s, sources that are %s change nothing: not after a crash, not for a spawn, an upgrade or a way back',
  async (store, fate) => {
    const root = await newProject(files)
    const main = path.join(root, 'main.ts')
    const runtime = await testRuntime(await stores[store]!())
    const code = await runtime.load<Loose>(main)
    const first = code.version
    const ref = await code.spawn()
    expect(await ref.call('said')).toBe('one:1')
    await fates[fate]!(root)
    await crash(ref)
    expect(await ref.call('said')).toBe('one:1')
    expect(await (await code.spawn()).call('said')).toBe('one:1')

    await rm(root, { recursive: true, force: true })
    await writeFiles(root, { 'package.json': '{}', ...files, ...nextFiles })
    const { to } = await code.upgrade(main)
    expect(await ref.call('said')).toBe('two:2')
    await fates[fate]!(root)
    await crash(ref)
    expect(await ref.call('said')).toBe('two:1')

    await code.downgrade({ image: first.hash })
    expect(code.version).toEqual(first)
    expect(await ref.call('said')).toBe('one:2')
    await code.upgrade({ image: to.hash })
    expect(await ref.call('said')).toBe('two:3')
    await crash(ref)
    expect(await ref.call('said')).toBe('two:1')
  },
)

async function eachModule(
  folder: string,
  change: (text: string) => string | undefined,
): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.mjs'))
  expect(names.length).toBeGreaterThan(0)
  for (const name of names) {
    const file = path.join(folder, name)
    const text = change(await readFile(file, 'utf8'))
    await (text === undefined ? rm(file) : writeFile(file, text))
  }
}

/** What can happen to a placed image behind moult's back. `evil` leaves a mark when it is run. */
const damages: Record<string, (folder: string, evil: string) => Promise<void>> = {
  'is deleted': (folder) => eachModule(folder, () => undefined),
  'is deleted with its folder': (folder) => rm(folder, { recursive: true }),
  'is replaced': (folder, evil) => eachModule(folder, () => evil),
  'gets a line more': (folder, evil) => eachModule(folder, (text) => `${text}${evil}`),
  'is cut': (folder) => eachModule(folder, (text) => text.slice(0, text.length / 2)),
  'is emptied': (folder) => eachModule(folder, () => ''),
  'has another word': (folder) =>
    eachModule(folder, (text) => text.replaceAll('one:', 'bad:').replaceAll('two:', 'bad:')),
}

test.each(Object.keys(damages))(
  'a placed image that %s is placed again, and not run as it is',
  { tags: ['once'] },
  async (damage) => {
    const tmp = await ownTemporaryFolder()
    const mark = path.join(tmp, 'mark')
    const evil = `;(await import('node:fs')).writeFileSync(${JSON.stringify(mark)}, '')\n`
    const root = await newProject({ ...files, 'next/package.json': '{}' })
    await writeFiles(path.join(root, 'next'), { ...files, ...nextFiles })
    const runtime = await testRuntime()
    const code = await runtime.load<Loose>(path.join(root, 'main.ts'))
    const ref = await code.spawn()
    const again = async (): Promise<void> => damages[damage]!(await placedIn(tmp), evil)
    await again()
    await crash(ref)
    expect(await ref.call('said')).toBe('one:1')
    await again()
    expect(await (await code.spawn()).call('said')).toBe('one:1')
    await again()
    await code.upgrade(path.join(root, 'next/main.ts'))
    await again()
    await crash(ref)
    expect(await ref.call('said')).toBe('two:1')
    await expect(access(mark)).rejects.toThrow()
  },
)

test('a placed image is placed again for its own project, though another has equal files', async () => {
  const tmp = await ownTemporaryFolder()
  const said = `import { readFileSync } from 'node:fs'
export const said = readFileSync(new URL('../data.txt', import.meta.url), 'utf8')
`
  const runtime = await testRuntime()
  const refs: ProcessRef<Loose>[] = []
  for (const data of ['a:', 'b:']) {
    const root = await newProject({ ...files, 'lib/said.ts': said, 'data.txt': data })
    refs.push(await (await runtime.load<Loose>(path.join(root, 'main.ts'))).spawn())
  }
  await rm(await placedIn(tmp), { recursive: true })
  for (const [index, said] of ['a:1', 'b:1'].entries()) {
    await crash(refs[index]!)
    expect(await refs[index]!.call('said')).toBe(said)
  }
})

test('a stack trace leads to the line of the user’s file, also when it is gone', async () => {
  const root = await newProject(files)
  const directory = await temporaryFolder()
  const runtime = await testRuntime({ store: { directory } })
  const code = await runtime.load<Loose>(path.join(root, 'main.ts'))
  const ref = await code.spawn()
  const place = `${path.join(root, 'lib/fail.ts')}:7:9`
  const caller = `${path.join(root, 'main.ts')}:11:17`
  const check = async (of: ProcessRef<Loose>): Promise<void> => {
    const error: unknown = await of.call('fail').catch((each: unknown) => each)
    expect(error).toMatchObject({ name: 'RangeError', message: 'failed: undefined' })
    const frames = (error as Error).stack!.split('\n').filter((line) => line.includes(' at '))
    expect(frames[0]).toContain(place)
    expect(frames[1]).toContain(caller)
  }
  await check(ref)
  await rm(root, { recursive: true })
  await check(ref)
  await crash(ref)
  await check(ref)
  const later = await testRuntime({ store: { directory } })
  await check(await (await later.load<Loose>({ image: code.version.hash })).spawn())
})
