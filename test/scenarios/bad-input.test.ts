// @module-tag once
import { createRuntime } from 'moult'
import type {
  CloseOptions,
  MessageOptions,
  RuntimeOptions,
  SpawnOptions,
  UpgradeOptions,
} from 'moult'
import { expect, test } from 'vitest'
import type counter from '../fixtures/counter/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

const file = fixture('counter/v1.ts')
const invalid = { name: 'MoultError', code: 'INVALID_OPTION' }

test.each([
  [{ maxIsolates: 0 }],
  [{ maxIsolates: '3' }],
  [{ warmSpares: -1 }],
  [{ warmSpares: 1.5 }],
  [{ loadTimeoutMs: NaN }],
  [{ faultPoint: true }],
  [{ logger: { info: 1 } }],
  [{ unknown: 1 }],
  [42],
])('createRuntime(%j) is refused', async (options) => {
  await expect(createRuntime(options as RuntimeOptions)).rejects.toMatchObject({
    ...invalid,
    expected: expect.any(String) as string,
    received: expect.any(String) as string,
  })
})

test('options of load, spawn, upgrade, with, stop and close are checked; nothing changes by a wrong one', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof counter>(file)
  const ref = await code.spawn({ name: 'c', args: { start: 1 } })
  const spawns = [
    { name: '' },
    { name: 5 },
    { mailbox: { capacity: 0 } },
    { mailbox: { capacity: 1, overflow: 'drop-oldest' } },
    { mailbox: { overflow: 'explode' } },
    { restart: { policy: 'permanent' } },
    { restart: { maxRestarts: -1 } },
    { size: 1 },
  ]
  for (const options of spawns) {
    const spawn = code.spawn({ args: { start: 0 }, ...options } as SpawnOptions<{
      start: number
    }> & {
      args: { start: number }
    })
    await expect(spawn, JSON.stringify(options)).rejects.toMatchObject(invalid)
  }
  const upgrades = [{ suspendTimeoutMs: -1 }, { signal: {} }, { rehearse: 1 }, { force: true }, 7]
  for (const options of upgrades) {
    const upgrade = code.upgrade(fixture('counter/v2.ts'), options as UpgradeOptions)
    await expect(upgrade, JSON.stringify(options)).rejects.toMatchObject(invalid)
  }
  await expect(code.upgrade(fixture('counter/v2.ts'), { extra: () => 1 })).rejects.toMatchObject({
    code: 'UNCLONEABLE_ARGUMENT',
    path: 'extra',
  })
  for (const options of [{ timeoutMs: '1' }, { signal: 1 }, { transfer: {} }, { retry: 1 }]) {
    expect(() => ref.with(options as MessageOptions)).toThrow(
      expect.objectContaining(invalid) as Error,
    )
  }
  await expect(ref.stop({ timeoutMs: -1 })).rejects.toMatchObject(invalid)
  await expect(
    (async () => runtime.close({ drain: 1 } as unknown as CloseOptions))(),
  ).rejects.toMatchObject(invalid)
  await expect(runtime.load(file, { external: 'x' as unknown as string[] })).rejects.toMatchObject(
    invalid,
  )
  expect(await ref.call('increment', 1)).toBe(2)
  expect(ref.version).toBe('1.0.0')
  expect(runtime.processes()).toHaveLength(1)
})

test('a name that is taken is refused, also while the first is being made, and is free after a failed spawn', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof counter>(file)
  const both = await Promise.allSettled([
    code.spawn({ name: 'one', args: { start: 1 } }),
    code.spawn({ name: 'one', args: { start: 2 } }),
  ])
  expect(both).toMatchObject([
    { status: 'fulfilled' },
    { status: 'rejected', reason: { code: 'NAME_TAKEN', process: 'one' } },
  ])
  const failing = code.spawn({ name: 'two', args: undefined as unknown as { start: number } })
  await expect(failing).rejects.toMatchObject({ code: 'INIT_FAILED', cause: { name: 'TypeError' } })
  const two = await code.spawn({ name: 'two', args: { start: 2 } })
  expect(runtime.whereis('two')).toBe(two)
  await expect(
    code.spawn({ name: 'x', args: { start: Symbol('x') as unknown as number } }),
  ).rejects.toMatchObject({ code: 'UNCLONEABLE_ARGUMENT', path: 'args.start' })
  expect(runtime.whereis('x')).toBeUndefined()
})

test('an unknown call or cast is refused, with what there is and what it is instead', async () => {
  const runtime = await testRuntime()
  const ref = await (await runtime.load<typeof counter>(file)).spawn({ args: { start: 0 } })
  for (const name of ['nothing', 'reset', 'toString', '__proto__', '']) {
    const call = ref.call(name as 'get')
    await expect(call).rejects.toMatchObject({ code: 'UNKNOWN_CALL', received: name })
  }
  expect(() => ref.cast('get' as 'reset')).toThrow(
    expect.objectContaining({ code: 'UNKNOWN_CAST', received: 'get' }) as Error,
  )
  expect((await ref.inspect()).totals).toMatchObject({ calls: 0, casts: 0 })
})

test('a message that is refused leaves its sender the buffers it would have moved', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof counter>(file)
  const ref = await code.spawn({ args: { start: 0 } })
  const bytes = new Uint8Array(8)
  const moving = ref.with({ transfer: [bytes.buffer] })
  await expect(moving.call('nothing' as 'increment', bytes as never)).rejects.toMatchObject({
    code: 'UNKNOWN_CALL',
  })
  expect(bytes.byteLength).toBe(8)
  await ref.stop()
  await expect(moving.call('increment', bytes as never)).rejects.toMatchObject({
    code: 'PROCESS_STOPPED',
  })
  expect(bytes.byteLength).toBe(8)
})

test('no more isolates than allowed: the one too many is refused, an upgrade too, and the rest goes on', async () => {
  const runtime = await testRuntime({ maxIsolates: 2, warmSpares: 0 })
  const code = await runtime.load<typeof counter>(file)
  const refs = [await code.spawn({ args: { start: 1 } }), await code.spawn({ args: { start: 2 } })]
  await expect(code.spawn({ args: { start: 3 } })).rejects.toMatchObject({ code: 'ISOLATE_LIMIT' })
  await expect(code.upgrade(fixture('counter/v2.ts'))).rejects.toMatchObject({
    code: 'ISOLATE_LIMIT',
  })
  expect(await Promise.all(refs.map((ref) => ref.call('get')))).toEqual([1, 2])
})

test('of a relative path that leads nowhere it is said where it begins', async () => {
  const runtime = await testRuntime()
  const missing = { code: 'FILE_NOT_FOUND', file: `${process.cwd()}/nowhere/counter.ts` }
  const said = `'nowhere/counter.ts' is relative to the working folder ${process.cwd()}`
  const load = runtime.load('nowhere/counter.ts')
  await expect(load).rejects.toMatchObject({
    ...missing,
    message: expect.stringContaining(said) as string,
  })
})
