import { readFile, readdir, rename } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { isMoultError } from 'moult'
import type { ErrorCode, Watch } from 'moult'
import { expect, test } from 'vitest'
import { event, text, watched } from './watched.ts'
import type { Project } from './watched.ts'

test('a save is upgraded to, and the state goes on', async () => {
  const { project, watch, next, process } = await watched()
  expect(await next()).toBe('1-a')
  const upgraded = event(watch, 'upgraded')
  await project.save('main.ts', text('b'))
  expect(await upgraded).toMatchObject({ from: { version: '1.0.0' } })
  expect(await next()).toBe('2-b')
  expect(process.version).toMatch(/^1\.0\.0\+[0-9a-f]{8}$/)
})

test('so is a save of what it imports, and one by replacing the file', async () => {
  const { project, watch, next } = await watched()
  const first = event(watch, 'upgraded')
  await project.save('mark.ts', `export const mark = '='\n`)
  await first
  expect(await next()).toBe('1=a')
  const second = event(watch, 'upgraded')
  await project.save('draft.txt', text('c'))
  await rename(path.join(project.folder, 'draft.txt'), project.file)
  await second
  expect(await next()).toBe('2=c')
})

/** On a busy machine the system may tell of the save before once more, and that is as broken as it was. */
function failureBy(watch: Watch, code: ErrorCode): Promise<void> {
  return new Promise((resolve) => {
    watch.on('failed', ({ error }) => {
      if (isMoultError(error, code)) resolve()
    })
  })
}

test('a broken save is told, the running version goes on, and the mended one is upgraded to', async () => {
  const { project, watch, next, code } = await watched()
  for (const [broken, code] of [
    [`export default {`, 'SYNTAX_ERROR'],
    [`import './nowhere.ts'\n${text('b')}`, 'UNRESOLVED_IMPORT'],
    [`throw new Error('no')\n${text('b')}`, 'LOAD_FAILED'],
    ['export default 7\n', 'NOT_A_DEFINITION'],
  ] as const) {
    const failed = failureBy(watch, code)
    await project.save('main.ts', broken)
    await failed
    expect(await next()).toMatch(/-a$/)
  }
  const upgraded = event(watch, 'upgraded')
  await project.save('main.ts', text('d'))
  await upgraded
  expect(await next()).toBe('5-d')
  expect(code.processes).toHaveLength(1)
})

test('a file that was missing is waited for', async () => {
  const { project, watch, next } = await watched()
  const failed = event(watch, 'failed')
  await project.save('main.ts', text('b').replace('./mark.ts', './other.ts'))
  await failed
  const upgraded = event(watch, 'upgraded')
  await project.save('other.ts', `export const mark = '+'\n`)
  await upgraded
  expect(await next()).toBe('1+b')
})

test('a save that changes nothing of the code is no upgrade', async () => {
  const { project, watch, next, process } = await watched()
  const unchanged = event(watch, 'unchanged')
  await project.save('main.ts', `// a comment\n${text('a')}`)
  expect(await unchanged).toEqual({ codeName: 'main' })
  expect(await next()).toBe('1-a')
  expect(process.version).toBe('1.0.0')
})

test('a save of another version goes by its codeChange', async () => {
  const { project, watch, next, process } = await watched()
  await next()
  const upgraded = event(watch, 'upgraded')
  const change = `codeChange: { '1.0.0': (old) => ({ count: old.count * 100 }) },`
  await project.save('main.ts', text('b', '2.0.0', change))
  await upgraded
  expect(process.version).toBe('2.0.0')
  expect(await next()).toBe('101-b')
})

test('a save that cannot take over the state is told, and the running version goes on', async () => {
  const { project, watch, next, process } = await watched()
  const failed = event(watch, 'failed')
  await project.save('main.ts', text('b', '2.0.0'))
  expect(await failed).toMatchObject({ codeName: 'main', error: { code: 'NO_MIGRATION' } })
  expect(await next()).toBe('1-a')
  expect(process.version).toBe('1.0.0')
})

test('after its end a watch sees nothing, and a runtime that closes ends it', async () => {
  const { project, runtime, watch, next } = await watched()
  await watch.close()
  await project.save('main.ts', text('b'))
  expect(await next()).toBe('1-a')
  const all = runtime.watch({ debounceMs: 1 })
  await event(all, 'upgraded')
  expect(await next()).toBe('2-b')
  await runtime.close()
  expect(() => runtime.watch()).toThrow(expect.objectContaining({ code: 'RUNTIME_CLOSED' }))
})

test('an option that does not exist is refused', async () => {
  const { code } = await watched()
  const options = { debounce: 1 } as object
  expect(() => code.watch(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
})

test('many saves in a row leave nothing behind', { tags: ['once'] }, async () => {
  const { project, runtime, code, watch, next } = await watched()
  const images = await imagesOf(project)
  for (let save = 1; save <= 25; save++) {
    const upgraded = event(watch, 'upgraded')
    await project.save('main.ts', text(`s${save}`))
    await upgraded
  }
  expect(await next()).toBe('1-s25')
  const versions = await code.versions()
  expect(versions.map(({ state }) => state)).toEqual(['retired', 'current'])
  expect(versions.flatMap(({ isolates }) => isolates)).toHaveLength(1)
  // The one that runs, and the spare.
  expect(runtime.isolates).toBeLessThanOrEqual(2)
  await expect.poll(() => imagesOf(project)).toHaveLength(images.length + 1)
})

/** The images in temporary folders that were made of a project. */
async function imagesOf({ file }: Project): Promise<string[]> {
  const folders = (await readdir(tmpdir())).filter((name) => name.startsWith('moult-'))
  const found: string[] = []
  for (const folder of folders) {
    const names = await readdir(path.join(tmpdir(), folder)).catch(() => [])
    for (const name of names.filter((each) => each.endsWith('.mjs'))) {
      const image = await readFile(path.join(tmpdir(), folder, name), 'utf8').catch(() => '')
      if (image.includes(JSON.stringify(file).slice(1, -1))) found.push(name)
    }
  }
  return found
}
