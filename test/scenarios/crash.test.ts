import { once } from 'node:events'
import type { MoultError } from 'moult'
import { expect, test } from 'vitest'
import type crash from '../fixtures/crash/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

const file = fixture('crash/v1.ts')

test.each([
  ['exit', 'continue'],
  ['throw-later', 'exit'],
  ['reject', 'exit'],
] as const)(
  'death by %s fails the running message only; those behind it are handled by the next incarnation in order',
  async (death, onUnhandled) => {
    const runtime = await testRuntime({ onUnhandled })
    const code = await runtime.load<typeof crash>(file)
    const ref = await code.spawn({ args: { start: 0 } })
    const crashed = once(runtime, 'crashed')
    const before = ref.call('add', 5)
    const hit = ref.call('die', death)
    const behind = [ref.call('add', 1), ref.call('add', 10), ref.call('add', 100)]
    expect(await before).toBe(5)
    const error: unknown = await hit.catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'MoultError', code: 'ISOLATE_EXITED', process: ref.id })
    expect(await Promise.all(behind)).toEqual([1, 11, 111])
    const [event] = (await crashed) as [{ process: string; error: MoultError }]
    expect(event.process).toBe(ref.id)
    expect((await ref.inspect()).totals).toMatchObject({ restarts: 1 })
  },
)

test('the error that ended the thread is the cause', async () => {
  const runtime = await testRuntime({ onUnhandled: 'exit' })
  const code = await runtime.load<typeof crash>(file)
  const ref = await code.spawn({ name: 'mortal', args: { start: 0 } })
  const failure = async (death: 'throw-later' | 'reject'): Promise<unknown> =>
    ref.call('die', death).catch((error: unknown) => error)
  expect(await failure('throw-later')).toMatchObject({
    code: 'ISOLATE_EXITED',
    process: 'mortal',
    cause: { name: 'RangeError', message: 'thrown from setImmediate' },
  })
  expect(await failure('reject')).toMatchObject({
    code: 'ISOLATE_EXITED',
    cause: { name: 'TypeError', message: 'nobody handles this' },
  })
})

// From V8 13 on a heap that overflows quickly ends the whole Node process, of a bare Worker as well (docs/operating/limits.md).
const survivesOverflow = Number(process.versions.v8.split('.')[0]) < 13

test.runIf(survivesOverflow)(
  'a handler that eats all memory ends its own thread and nothing else',
  async () => {
    const runtime = await testRuntime({ resourceLimits: { maxOldGenerationSizeMb: 24 } })
    const code = await runtime.load<typeof crash>(file)
    const [ref, other] = [
      await code.spawn({ args: { start: 0 } }),
      await code.spawn({ args: { start: 5 } }),
    ]
    await expect(ref.call('die', 'memory')).rejects.toMatchObject({ code: 'ISOLATE_EXITED' })
    expect(await ref.call('add', 1)).toBe(1)
    expect(await other.call('get')).toBe(5)
  },
)

test('replies that were finished before the thread died in the same batch are not lost', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof crash>(file)
  const ref = await code.spawn({ args: { start: 0 } })
  const finished = Array.from({ length: 50 }, () => ref.call('add', 1))
  const hit = ref.call('die', 'exit')
  const behind = ref.call('get')
  expect(await Promise.all(finished)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1))
  await expect(hit).rejects.toMatchObject({ code: 'ISOLATE_EXITED' })
  expect(await behind).toBe(0)
})

test('a cast that ends the thread is told to castFailed, and the process is made anew with its arguments', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof crash>(file)
  const ref = await code.spawn({ name: 'c', args: { start: 7 } })
  const failed = once(runtime, 'castFailed')
  const restarted = once(runtime, 'restarted')
  ref.cast('put', 100)
  ref.cast('dieLater', 'exit')
  ref.cast('put', 9)
  expect(await ref.call('get')).toBe(9)
  expect(await failed).toMatchObject([
    { process: 'c', name: 'dieLater', error: { code: 'ISOLATE_EXITED' } },
  ])
  expect(await restarted).toMatchObject([{ process: 'c', version: '1.0.0' }])
})

test('a process that dies too often is given up, and all that waits gets RESTART_LIMIT', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof crash>(file)
  const restart = { maxRestarts: 2, withinMs: 60_000 }
  const ref = await code.spawn({ name: 'weak', args: { start: 0 }, restart })
  const stopped = once(runtime, 'stopped')
  const deaths = [1, 2, 3].map(() => ref.call('die', 'exit').catch((error: unknown) => error))
  const waiting = ref.call('get').catch((error: unknown) => error)
  expect(await Promise.all(deaths)).toMatchObject([
    { code: 'ISOLATE_EXITED' },
    { code: 'ISOLATE_EXITED' },
    { code: 'ISOLATE_EXITED' },
  ])
  expect(await waiting).toMatchObject({ code: 'RESTART_LIMIT', process: 'weak' })
  await stopped
  expect(runtime.whereis('weak')).toBeUndefined()
  await expect(ref.call('get')).rejects.toMatchObject({ code: 'PROCESS_STOPPED' })
  // The name is free again.
  const next = await code.spawn({ name: 'weak', args: { start: 1 } })
  expect(await next.call('get')).toBe(1)
})

test('a temporary process is not made anew', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof crash>(file)
  const ref = await code.spawn({ args: { start: 0 }, restart: { policy: 'temporary' } })
  const hit = ref.call('die', 'exit').catch((error: unknown) => error)
  const waiting = ref.call('get').catch((error: unknown) => error)
  expect(await hit).toMatchObject({ code: 'ISOLATE_EXITED' })
  expect(await waiting).toMatchObject({ code: 'PROCESS_STOPPED' })
  await expect.poll(() => runtime.processes()).toEqual([])
})

test('an endless loop is ended by a stop with a time limit; what waited is told', async () => {
  const runtime = await testRuntime({ exitGraceMs: 100 })
  const code = await runtime.load<typeof crash>(file)
  const ref = await code.spawn({ args: { start: 0 } })
  const finished = await ref.call('add', 1)
  const loop = ref.call('die', 'loop').then(
    () => new Error('it ended'),
    (error: unknown) => error as Error,
  )
  const waiting = ref.call('get').catch((error: unknown) => error)
  await ref.stop({ timeoutMs: 200 })
  expect(finished).toBe(1)
  expect(await loop).toMatchObject({ code: 'PROCESS_STOPPED' })
  expect(await waiting).toMatchObject({ code: 'PROCESS_STOPPED' })
})

test('calls that had finished when the thread was ended from outside are answered, or told that their reply was lost', async () => {
  const runtime = await testRuntime({ exitGraceMs: 100 })
  const code = await runtime.load<typeof crash>(file)
  const ref = await code.spawn({ args: { start: 0 } })
  // The thread is at work: on a busy machine the deadline might come before it has begun.
  await ref.call('add', 0)
  const finished = [1, 2, 3].map(() => ref.call('add', 1).catch((error: unknown) => error))
  const loop = ref.call('die', 'loop').then(
    () => new Error('it ended'),
    (error: unknown) => error as Error,
  )
  await ref.stop({ timeoutMs: 200 })
  expect(await loop).toMatchObject({ code: 'PROCESS_STOPPED' })
  const ends = await Promise.all(finished)
  // A reply may wait a moment for others, and this thread never came to post them.
  for (const [index, end] of ends.entries()) {
    if (end === index + 1) continue
    expect(end).toMatchObject({ code: 'ISOLATE_EXITED' })
    expect((end as Error).message).toContain('the handler had finished, its reply was lost')
  }
  expect((await loop).message).toContain("was stopped while it handled the call 'die'")
})
