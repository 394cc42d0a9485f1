// @module-tag once
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { testRuntime } from '../support/runtime.ts'
import { failure } from './rooms.ts'
import type { Room } from './rooms.ts'

/** Its import does not end as long as there is a file named `slow` beside it. */
const slow = `
  import { existsSync } from 'node:fs'
  import { setTimeout as pause } from 'node:timers/promises'
  while (existsSync(new URL('./slow', import.meta.url))) await pause(5)`

function program(version: number, imports = ''): string {
  const step = `{ '${version - 1}': (state) => state }`
  const parts = `init: () => 'live', calls: { get: (state) => state }, codeChange: ${step}`
  return `${imports}\nexport default { version: '${version}', ${parts} }`
}

test('an upgrade that is given up does not wait for the import of a version between', async () => {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'moult-slow-')))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = (name: string): string => path.join(folder, name)
  await writeFile(file('package.json'), '{}')
  for (const version of [1, 2, 3]) {
    await writeFile(file(`v${version}.mjs`), program(version, version === 2 ? slow : ''))
  }
  const runtime = await testRuntime({ warmSpares: 1 })
  const code = await runtime.load<Room>(file('v1.mjs'))
  const ref = await code.spawn()
  await code.load(file('v2.mjs'))
  // It takes the isolate that was kept, so that the upgrade has to import once more.
  await (await code.spawn({ version: '2' })).stop()
  await code.load(file('v3.mjs'))
  await expect.poll(() => runtime.isolates, { timeout: 10_000 }).toBe(3)

  await writeFile(file('slow'), '')
  const abort = new AbortController()
  const upgrade = failure(code.upgrade('3', { signal: abort.signal }))
  // The spare was taken for the version between.
  await expect
    .poll(async () => (await code.versions()).at(-1)?.isolates.length, { timeout: 10_000 })
    .toBe(0)
  abort.abort()
  expect(await upgrade).toMatchObject({ code: 'UPGRADE_ABORTED', phase: 'open' })
  expect(await ref.state()).toBe('live')
  await rm(file('slow'))
  await expect.poll(() => runtime.isolates, { timeout: 10_000 }).toBe(2)
  await code.upgrade('3')
  expect(ref.version).toBe('3')
  await expect.poll(() => runtime.isolates, { timeout: 10_000 }).toBe(2)
})
