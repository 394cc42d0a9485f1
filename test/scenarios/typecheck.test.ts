// @module-tag once
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import type v1 from '../fixtures/typed/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'
import { refusalOf } from './refusal.ts'

const wrong = fixture('typed/wrong-type.ts')

/** A folder with the packages of this one. */
async function project(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'moult-test-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await symlink(
    fileURLToPath(new URL('../../node_modules', import.meta.url)),
    path.join(folder, 'node_modules'),
  )
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }')
  return folder
}

test('the wrong type at the right name is refused by the check, at the place, before the suspend', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof v1>(fixture('typed/v1.ts'))
  const counter = await code.spawn({ args: { start: 1 } })
  const error = await refusalOf(code.upgrade(wrong, { typecheck: true }))
  expect(error).toMatchObject({
    code: 'TYPES_DO_NOT_FIT',
    phase: 'typecheck',
    file: fileURLToPath(wrong),
    line: 12,
  })
  expect(error.message).toContain('count: string')
  expect(await counter.call('increment', 1)).toBe(2)
  expect(counter.version).toBe('1.0.0')
})

test.each([true, false])(
  'unchecked it is refused by the schema, and the old version goes on (rehearse %s)',
  async (rehearse) => {
    const runtime = await testRuntime()
    const code = await runtime.load<typeof v1>(fixture('typed/v1.ts'))
    const counter = await code.spawn({ args: { start: 1 } })
    const error = await refusalOf(code.upgrade(wrong, { rehearse }))
    expect(error).toMatchObject({ code: 'INVALID_STATE', path: 'state.total' })
    expect(await counter.call('increment', 1)).toBe(2)
  },
)

test.each(['memory', 'folder'])(
  'a mistake in the types alone is mended without another line of code (store in %s)',
  async (kind) => {
    const folder = await project()
    const file = path.join(folder, 'counter.ts')
    const directory = path.join(folder, 'images')
    const runtime = await testRuntime(kind === 'memory' ? {} : { store: { directory } })
    const code = await runtime.load<typeof v1>(fixture('typed/v1.ts'))
    const right = await readFile(fixture('counter/v2.ts'), 'utf8')
    await writeFile(file, right.replace('old: { count: number }', 'old: { count: 7 }'))
    const error = await refusalOf(code.upgrade(file, { typecheck: true }))
    expect(error).toMatchObject({ code: 'TYPES_DO_NOT_FIT' })
    await writeFile(file, right)
    const { to } = await code.upgrade(file, { typecheck: true })
    expect(to.version).toBe('2.0.0')
  },
)

test('the older side comes from the image: a file that was edited in place is checked against what runs', async () => {
  const folder = await project()
  const file = path.join(folder, 'counter.ts')
  await cp(fixture('typed/v1.ts'), file)
  const runtime = await testRuntime()
  const code = await runtime.load<typeof v1>(file)
  const counter = await code.spawn({ args: { start: 1 } })

  await cp(wrong, file)
  const error = await refusalOf(code.upgrade(file, { typecheck: true }))
  expect(error).toMatchObject({ code: 'TYPES_DO_NOT_FIT', line: 12 })
  expect(path.basename(error.file ?? '')).toBe('counter.ts')

  await cp(fixture('counter/v2.ts'), file)
  const report = await code.upgrade(file, { typecheck: true })
  expect(report.phases.typecheck).toBeGreaterThan(0)
  expect(await counter.call('increment', 1)).toBe(2)
})
