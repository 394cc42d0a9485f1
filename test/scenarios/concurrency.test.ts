import { expect, test } from 'vitest'
import type { ProcessRef } from 'moult'
import type concurrent from '../fixtures/concurrent/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

const [v1, v2] = [fixture('concurrent/v1.ts'), fixture('concurrent/v2.ts')]

async function waitUntilInFlight(ref: ProcessRef<typeof concurrent>, count: number): Promise<void> {
  await expect.poll(() => ref.call('most')).toBe(count)
}

test('as many handlers run at once as the definition says, and no more', async () => {
  const runtime = await testRuntime()
  const ref = await (await runtime.load<typeof concurrent>(v1)).spawn()
  const waits = [ref.call('wait'), ref.call('wait')]
  await waitUntilInFlight(ref, 2)
  // The third place is taken by `open`, which lets the two end.
  expect(await ref.call('open')).toBe(1)
  expect(await Promise.all(waits)).toEqual([1, 1])
})

test('a suspend waits for all handlers that run, and those that wait are handled by the new version', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof concurrent>(v1)
  const ref = await code.spawn()
  const waits = [ref.call('wait'), ref.call('wait')]
  await waitUntilInFlight(ref, 2)
  const upgrade = code.upgrade(v2, { rehearse: false })
  expect(await ref.call('open')).toBe(1)
  expect(await Promise.all(waits)).toEqual([1, 1])
  await upgrade
  expect(ref.version).toBe('2.0.0')
  expect(await ref.state()).toEqual({ opened: 1, most: 2, running: 0 })
})

test('inspect() while a handler waits for another message does not keep that message from being handled', async () => {
  const runtime = await testRuntime()
  const ref = await (await runtime.load<typeof concurrent>(v1)).spawn()
  const wait = ref.call('wait')
  await waitUntilInFlight(ref, 1)
  expect(await ref.inspect()).toMatchObject({ lifecycle: 'running' })
  expect(await ref.with({ timeoutMs: 5000 }).call('open')).toBe(1)
  expect(await wait).toBe(1)
})

test('an upgrade that ran out of time leaves the old version handling messages', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof concurrent>(v1)
  const ref = await code.spawn()
  const wait = ref.call('wait')
  await waitUntilInFlight(ref, 1)
  const upgrade = code.upgrade(fixture('concurrent/v3.ts'), { suspendTimeoutMs: 200 })
  await expect(upgrade).rejects.toMatchObject({ code: 'SUSPEND_TIMEOUT' })
  expect(await ref.with({ timeoutMs: 5000 }).call('open')).toBe(1)
  expect(await wait).toBe(1)
})

test('a suspend that ran out of time leaves no message behind in the old isolate', async () => {
  const flag = new Int32Array(new SharedArrayBuffer(4))
  const runtime = await testRuntime({
    faultPoint: (phase) => {
      if (phase !== 'suspend') return
      // By then the suspend has been asked for.
      setImmediate(() => {
        Atomics.store(flag, 0, 1)
        Atomics.notify(flag, 0)
      })
    },
  })
  const code = await runtime.load<typeof concurrent>(v1)
  const ref = await code.spawn()
  const wait = ref.call('wait')
  await waitUntilInFlight(ref, 1)
  const spin = ref.call('spin', flag)
  // Waits behind `spin` for the thread, which sees the suspend when it looks for its next message.
  const open = ref.with({ timeoutMs: 5000 }).call('open')
  const upgrade = code.upgrade(v2, { rehearse: false, suspendTimeoutMs: 500, maxStallMs: 500 })
  await expect(upgrade).rejects.toMatchObject({ code: 'SUSPEND_TIMEOUT', phase: 'suspend' })
  await spin
  expect(await open).toBe(1)
  expect(await wait).toBe(1)
})
