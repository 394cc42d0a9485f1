// @module-tag once
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type v1 from '../fixtures/counter/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

let folder = ''
const before = process.env['TMPDIR']

// The runtimes of these tests keep their images where no other test's are.
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'moult-test-'))
  await mkdir(path.join(folder, 'project'))
  process.env['TMPDIR'] = folder
})

afterAll(async () => {
  if (before === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = before
  await rm(folder, { recursive: true })
})

async function images(): Promise<string[]> {
  const names = await readdir(folder, { recursive: true })
  return names.filter((name) => name.endsWith('.mjs'))
}

test('what was refused leaves no image behind: upgrades, loads, and what cannot be imported', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof v1>(fixture('counter/v1.ts'))
  const counter = await code.spawn({ args: { start: 1 } })
  await expect.poll(images).toHaveLength(1)
  const file = path.join(folder, 'project/edit.ts')
  const text = (version: string, more = ''): string => `import { defineProcess } from 'moult'
    ${more}
    export default defineProcess({ version: '${version}', init: () => ({}) })`
  for (const [round, codes] of Object.entries([
    'NO_MIGRATION',
    'VERSION_CONFLICT',
    'LOAD_FAILED',
  ])) {
    const version = codes === 'VERSION_CONFLICT' ? '1.0.0' : `9.0.${round}`
    const more = codes === 'LOAD_FAILED' ? `throw new Error('no')` : ''
    await writeFile(file, text(version, more))
    const options = { allowRemoved: true }
    await expect(code.upgrade(file, options)).rejects.toMatchObject({ code: codes })
    await expect.poll(images).toHaveLength(1)
  }
  await expect(runtime.load(file)).rejects.toMatchObject({ code: 'LOAD_FAILED' })
  await expect.poll(images).toHaveLength(1)
  expect(await counter.call('increment', 1)).toBe(2)
})

test('a purged version leaves no image behind, and another code that has it keeps it', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof v1>(fixture('counter/v1.ts'))
  await code.load(fixture('counter/v2.ts'))
  const other = await runtime.load(fixture('counter/v2.ts'))
  const held = await images()
  await code.softPurge('2.0.0')
  expect(await images()).toEqual(held)
  const counter = await other.spawn({ args: { start: 1 } } as never)
  expect(counter.version).toBe('2.0.0')
})
