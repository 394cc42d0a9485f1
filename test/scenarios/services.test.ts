import type { Services } from 'moult'
import { expect, test } from 'vitest'
import type definition from '../fixtures/services/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

const file = fixture('services/v1.ts')

test('a service is called on the main thread, and its errors keep class, code and cause', async () => {
  const cause = new RangeError('too late')
  const clock = {
    now: () => 42,
    fail: () => {
      throw Object.assign(new TypeError('no time', { cause }), { code: 'E_CLOCK' })
    },
  }
  const runtime = await testRuntime({
    services: { wallClock: clock } as unknown as Services,
  })
  const ref = await (await runtime.load<typeof definition>(file)).spawn()
  expect(await ref.call('now')).toBe(42)
  const error: unknown = await ref.call('fail').catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(TypeError)
  expect(error).toMatchObject({
    message: 'no time',
    code: 'E_CLOCK',
    cause: { name: 'RangeError' },
  })
})

test('a service that is not lent is refused by name, and says which there are', async () => {
  const services = { other: { run: () => 1 } } as unknown as Services
  const runtime = await testRuntime({ services })
  const ref = await (await runtime.load<typeof definition>(file)).spawn()
  await expect(ref.call('now')).rejects.toMatchObject({
    code: 'UNKNOWN_SERVICE',
    expected: 'one of other',
    received: 'wallClock',
  })
})

test('an argument that cannot cross to the main thread is refused with its path, and others go on', async () => {
  const services = { wallClock: { now: () => 42, every: () => 1 } } as unknown as Services
  const runtime = await testRuntime({ services })
  const ref = await (await runtime.load<typeof definition>(file)).spawn()
  const error: unknown = await ref.call('every').catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    name: 'MoultError',
    code: 'UNCLONEABLE_ARGUMENT',
    path: 'services.wallClock.every: arguments[1].call',
    expected: 'data that structured clone carries',
    cause: { name: 'DataCloneError' },
  })
  expect((error as { received?: string }).received).toMatch(/^a function/)
  expect(await ref.call('now')).toBe(42)
})
