import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type crash from '../fixtures/crash/v1.ts'
import { temporaryFolder } from '../support/project.ts'
import { fixture, ownRuntime, testRuntime } from '../support/runtime.ts'
import { rejection } from './contract-programs.ts'

const file = fixture('crash/v1.ts')
const args = { start: 0 }
const containing = (text: string): unknown => expect.stringContaining(text)

// From Node 22 on smaller heaps end Node itself, and are refused.
const heaps = process.versions.node.startsWith('20.') ? [0, 1, 2, 3, 4] : [3, 4]

test.each(heaps)('a heap of %d MB, in which no thread starts, is told so', async (mb) => {
  const resourceLimits = { maxOldGenerationSizeMb: mb }
  const runtime = await testRuntime({ resourceLimits, warmSpares: 1 })
  const error = await rejection(runtime.load(file))
  expect(error).toMatchObject({
    code: 'ISOLATE_START_FAILED',
    message: containing(`(resourceLimits: { maxOldGenerationSizeMb: ${mb} })`),
    cause: { code: 'ERR_WORKER_OUT_OF_MEMORY' },
  })
  await runtime.close({ timeoutMs: 0 })
  expect(runtime.isolates).toBe(0)
})

test('the least stack is enough', async () => {
  const runtime = await testRuntime({ resourceLimits: { stackSizeMb: 0.5 } })
  const code = await runtime.load<typeof crash>(file)
  expect(await (await code.spawn({ args })).call('add', 1)).toBe(1)
})

/** Node runs this file in each thread that starts from now on. */
async function preloaded(source: string): Promise<string> {
  const preload = path.join(await temporaryFolder(), 'preload.cjs')
  await writeFile(preload, `if (!require('worker_threads').isMainThread) { ${source} }`)
  withNodeOptions(`--require ${preload}`)
  return preload
}

function withNodeOptions(options: string): void {
  const before = process.env['NODE_OPTIONS']
  process.env['NODE_OPTIONS'] = options
  onTestFinished(() => {
    if (before === undefined) delete process.env['NODE_OPTIONS']
    else process.env['NODE_OPTIONS'] = before
  })
}

const startFailed = 'ISOLATE_START_FAILED'
const deaths = [
  ['exits', 'process.exit(3)', 'it exited with code 3 before it ran'],
  ['exits without a fault', 'process.exit()', 'it exited with code 0 before it ran'],
  ['throws', "throw new Error('no entry')", 'no entry'],
] as const

test.each(deaths)('a preload that %s in each thread is told, and named', async (...row) => {
  const [, source, reason] = row
  const runtime = await ownRuntime()
  const known = await runtime.load<typeof crash>(file)
  const ref = await known.spawn({ args })
  const cold = await ownRuntime()
  const preload = await preloaded(source)
  const message: unknown = expect.stringMatching(new RegExp(`${reason}.*${preload}`))
  const told = { code: startFailed, message }
  expect(await rejection(known.spawn({ args }))).toMatchObject(told)
  // Here it is the thread that makes images.
  expect(await rejection(cold.load(file))).toMatchObject(told)
  expect(await ref.call('add', 1)).toBe(1)
  delete process.env['NODE_OPTIONS']
  expect(await (await known.spawn({ args })).call('add', 2)).toBe(2)
  const again = await cold.load<typeof crash>(file)
  expect(await (await again.spawn({ args })).call('add', 3)).toBe(3)
})

test('a preload that never ends in each thread keeps no caller longer than the limit of a load', async () => {
  const runtime = await ownRuntime({ loadTimeoutMs: 5000, exitGraceMs: 0 })
  const code = await runtime.load<typeof crash>(file)
  const ref = await code.spawn({ args })
  const cold = await ownRuntime({ loadTimeoutMs: 500, exitGraceMs: 0 })
  const preload = await preloaded('for (;;);')
  const [spawn, load] = [rejection(code.spawn({ args })), rejection(cold.load(file))]
  expect(await load).toMatchObject({ code: 'LOAD_TIMEOUT', message: containing('500 ms') })
  const message: unknown = expect.stringMatching(new RegExp(`within 5000 ms.*${preload}`))
  expect(await spawn).toMatchObject({ code: 'LOAD_TIMEOUT', message })
  expect(await ref.call('add', 1)).toBe(1)
  await Promise.all([runtime, cold].map((each) => each.close({ timeoutMs: 0 })))
  expect(runtime.isolates).toBe(0)
})

test('a process that dies while no thread starts is made anew when one does', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof crash>(file)
  // Not even a policy that allows a restart at any time keeps main at it.
  const ref = await code.spawn({ args, restart: { maxRestarts: 1, withinMs: 0 } })
  await preloaded('process.exit(3)')
  const restarted = once(runtime, 'restarted')
  expect(await rejection(ref.call('die', 'exit'))).toMatchObject({ code: 'ISOLATE_EXITED' })
  const waits = ref.call('add', 5)
  expect(await rejection(code.spawn({ args }))).toMatchObject({ code: startFailed })
  delete process.env['NODE_OPTIONS']
  expect(await waits).toBe(5)
  await restarted
  expect((await ref.inspect()).totals).toMatchObject({ restarts: 1 })
})

test('a process that waits for a thread can be stopped, and a runtime closed', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof crash>(file)
  const [one, other] = [await code.spawn({ args }), await code.spawn({ args })]
  await preloaded('process.exit(3)')
  for (const each of [one, other]) await rejection(each.call('die', 'exit'))
  const waiting = [one, other].map((each) => rejection(each.call('get')))
  await one.stop({ timeoutMs: 0 })
  expect(await waiting[0]).toMatchObject({ code: 'PROCESS_STOPPED' })
  await runtime.close({ timeoutMs: 0 })
  expect(await waiting[1]).toMatchObject({ code: 'PROCESS_STOPPED' })
  expect(runtime.isolates).toBe(0)
})

test('a spare that dies is replaced, and none is handed out', async () => {
  const flag = path.join(await temporaryFolder(), 'die')
  const dies = `setInterval(() => { if (require('fs').existsSync('${flag}')) process.exit(9) }, 1)`
  await preloaded(dies)
  const runtime = await testRuntime({ warmSpares: 2 })
  expect(runtime.isolates).toBe(2)
  await writeFile(flag, '')
  await expect.poll(() => runtime.isolates).toBe(0)
  await rm(flag)
  delete process.env['NODE_OPTIONS']
  await expect.poll(() => runtime.isolates).toBe(2)
  const code = await runtime.load<typeof crash>(file)
  expect(await (await code.spawn({ args })).call('add', 1)).toBe(1)
})

test.skipIf(process.platform === 'win32')(
  'an image is made although the process of esbuild has been killed',
  async () => {
    const runtime = await ownRuntime()
    await runtime.load(file)
    execFileSync('pkill', ['-KILL', '-P', String(process.pid), '-x', 'esbuild'])
    const [code] = await Promise.all([
      runtime.load<typeof crash>(file, { name: 'again' }),
      runtime.load(fixture('counter/v1.ts')),
    ])
    expect(await (await code.spawn({ args })).call('add', 1)).toBe(1)
  },
)
