import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createRuntime } from 'moult'
import { expect, test } from 'vitest'
import { fixture, silentLogger } from '../support/runtime.ts'
import { newProject } from '../support/project.ts'
import { rejection } from './contract-programs.ts'

const hanging = `export default { version: '1', init: () => new Promise(() => undefined) }`

interface Hanging {
  readonly version: string
  readonly init: () => object
}

test('an init that never ends does not hold up close()', async () => {
  const root = await newProject({ 'main.js': hanging })
  const runtime = await createRuntime({ logger: silentLogger, initTimeoutMs: Infinity })
  const code = await runtime.load<Hanging>(`${root}/main.js`)
  const spawned = rejection(code.spawn())
  await runtime.close({ timeoutMs: 50 })
  expect(await spawned).toMatchObject({ code: 'RUNTIME_CLOSED' })
  expect(runtime.isolates).toBe(0)
})

test('an import that never ends does not hold up close()', async () => {
  const runtime = await createRuntime({ logger: silentLogger, loadTimeoutMs: Infinity })
  const loaded = rejection(runtime.load(fixture('broken/never-loads.ts')))
  await runtime.close({ timeoutMs: 50 })
  expect(await loaded).toMatchObject({ code: 'RUNTIME_CLOSED' })
  expect(runtime.isolates).toBe(0)
})

/** Holds its thread for long, and notes that it went on then. */
const holds = (marker: string): string => `
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 8000)
  writeFileSync(${JSON.stringify(marker)}, '')`

test.each([
  ['an import', (held: string) => `${held}\nexport default { version: '1', init: () => ({}) }`],
  [
    'an onLoad',
    (held: string) =>
      `export default { version: '1', init: () => ({}), onLoad: () => { ${held} } }`,
  ],
])('%s that holds its thread is ended by a close', async (_what, source) => {
  const root = await newProject({})
  const marker = path.join(root, 'marker')
  const file = path.join(root, 'main.js')
  await writeFile(file, `import { writeFileSync } from 'node:fs'\n${source(holds(marker))}`)
  const runtime = await createRuntime({ logger: silentLogger, exitGraceMs: 50 })
  const loaded = rejection(runtime.load(file))
  // The one that loads, and the spare in its place.
  await expect.poll(() => runtime.isolates).toBe(2)
  await runtime.close({ timeoutMs: 50 })
  expect(await loaded).toMatchObject({ code: 'RUNTIME_CLOSED' })
  expect([runtime.isolates, existsSync(marker)]).toEqual([0, false])
})

test('an option that close() does not have is a rejection', async () => {
  const runtime = await createRuntime({ logger: silentLogger })
  const options = { bogus: 1 } as object
  expect(await rejection(runtime.close(options))).toMatchObject({ code: 'INVALID_OPTION' })
  await runtime.close()
})
