// @module-tag once
import type { RuntimeEvents, Services } from 'moult'
import { expect, test } from 'vitest'
import type onlyOnce from '../fixtures/crash/only-once.ts'
import { fixture, testRuntime } from '../support/runtime.ts'
import { TestGates } from './gates.ts'
import { start, v1, v2 } from './witnesses.ts'

// A fault point makes a process hold before it serves. Here is what happens without one,
// when the new version passes the point of no return by itself.

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

test('close while an upgrade waits for a slow handler: the upgrade is given up, and all that was accepted is handled', async () => {
  const gates = new TestGates()
  const { runtime, code, refs } = await start(v1, 1, { services: gates.services })
  const ref = refs[0]!
  const slow = ref.call('noteSlowly', 'slow')
  const behind = ['a', 'b', 'c'].map((text) => ref.call('note', text))
  await gates.reached('slow')
  const upgrade = failure(code.upgrade(v2, { rehearse: false }))
  await expect
    .poll(async () => (await ref.inspect()).lifecycle, { timeout: 20_000 })
    .toBe('suspended')
  const closed = runtime.close()
  expect(await upgrade).toMatchObject({ code: 'RUNTIME_CLOSED', phase: 'suspend' })
  gates.open('slow')
  expect(await slow).toBe('1:slow')
  expect(await Promise.all(behind)).toEqual(['1:a', '1:b', '1:c'])
  await closed
})

test('an abort while the handler is slow: the old version goes on, and the next upgrade is not disturbed', async () => {
  const gates = new TestGates()
  const { code, refs } = await start(v1, 1, { services: gates.services })
  const ref = refs[0]!
  const slow = ref.call('noteSlowly', 'slow')
  const behind = ref.call('note', 'behind')
  await gates.reached('slow')
  const abort = new AbortController()
  const upgrade = failure(code.upgrade(v2, { rehearse: false, signal: abort.signal }))
  await expect
    .poll(async () => (await ref.inspect()).lifecycle, { timeout: 20_000 })
    .toBe('suspended')
  abort.abort(new Error('changed my mind'))
  const error = await upgrade
  expect(error).toMatchObject({ code: 'UPGRADE_ABORTED', cause: { message: 'changed my mind' } })
  gates.open('slow')
  expect([await slow, await behind]).toEqual(['1:slow', '1:behind'])
  await code.upgrade(v2)
  expect((await ref.state()).log).toEqual(['1:own 0', '1:slow', '1:behind'])
})

test('a call that the new version lacks is handled by the old one when the new one cannot take over', async () => {
  const gates = new TestGates()
  const { code, refs } = await start(v1, 1, { services: gates.services })
  const ref = refs[0]!
  const slow = ref.call('noteSlowly', 'slow')
  const behind = ref.call('note', 'behind')
  await gates.reached('slow')
  const options = { rehearse: false, allowRemoved: true }
  const upgrade = failure(code.upgrade(fixture('witness/without-note.ts'), options))
  await expect
    .poll(async () => (await ref.inspect()).lifecycle, { timeout: 20_000 })
    .toBe('suspended')
  const meanwhile = ref.call('note', 'meanwhile')
  gates.open('slow')
  expect(await upgrade).toMatchObject({ code: 'CODE_CHANGE_FAILED', phase: 'transfer' })
  expect(await Promise.all([slow, behind, meanwhile])).toEqual([
    '1:slow',
    '1:behind',
    '1:meanwhile',
  ])
})

test('a process whose init fails at each restart is given up, however slow its failures are', async () => {
  let made = 0
  const services = { starts: { next: () => ++made } } as Partial<Services> as Services
  const runtime = await testRuntime({ services })
  const code = await runtime.load<typeof onlyOnce>(fixture('crash/only-once.ts'))
  // A window so short that no two failures ever fall into it.
  const ref = await code.spawn({ restart: { maxRestarts: 2, withinMs: 0 } })
  const stopped = new Promise<RuntimeEvents['stopped'][0]>((resolve) => {
    runtime.once('stopped', resolve)
  })
  const hit = failure(ref.call('die'))
  const behind = failure(ref.call('get'))
  expect(await hit).toMatchObject({ code: 'ISOLATE_EXITED' })
  expect(await behind).toMatchObject({ code: 'RESTART_LIMIT' })
  expect((await stopped).error).toMatchObject({ code: 'RESTART_LIMIT' })
  await expect.poll(() => runtime.isolates).toBe(0)
})

test('two processes to two programs of one label at once: one is upgraded, the other refused before anything happens', async () => {
  const { refs } = await start(v1, 2)
  const [one, other] = refs
  const results = await Promise.all([
    failure(one!.upgrade(v2, { allowRemoved: true })),
    failure(other!.upgrade(fixture('witness/other-v2.ts'), { allowRemoved: true })),
  ])
  const refused = results.findIndex((result) => result !== undefined)
  expect(results.filter((result) => result !== undefined)).toHaveLength(1)
  expect(results[refused]).toMatchObject({ code: 'VERSION_CONFLICT', phase: 'plan' })
  expect(refs[refused]!.version).toBe('1.0.0')
  expect(refs[1 - refused]!.version).toBe('2.0.0')
  expect(await refs[refused]!.call('note', 'still')).toBe('1:still')
})

test('the same file loaded twice at once is one version in one isolate', async () => {
  const runtime = await testRuntime({ warmSpares: 1 })
  const [one, other] = await Promise.all([runtime.load(v1), runtime.load(v1)])
  expect(one).toBe(other)
  // The loaded one that waits for the first spawn, and the spare.
  await expect.poll(() => runtime.isolates).toBe(2)
})

test('a stopping process is not upgraded alone', async () => {
  const gates = new TestGates()
  const { refs } = await start(v1, 1, { services: gates.services })
  const ref = refs[0]!
  const slow = ref.call('noteSlowly', 'slow')
  await gates.reached('slow')
  const stopped = ref.stop()
  await expect
    .poll(async () => (await ref.inspect()).lifecycle, { timeout: 20_000 })
    .toBe('stopping')
  expect(await failure(ref.upgrade(v2))).toMatchObject({ code: 'PROCESS_STOPPED' })
  gates.open('slow')
  expect(await slow).toBe('1:slow')
  await stopped
})
