// @module-tag once
import { once } from 'node:events'
import { expect, test } from 'vitest'
import type calls from '../fixtures/calls/v1.ts'
import type relay from '../fixtures/relay/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'
import { TestGates } from './gates.ts'

const [callsV1, callsV2] = [fixture('calls/v1.ts'), fixture('calls/v2.ts')]

async function pair(gates = new TestGates()) {
  const runtime = await testRuntime({ services: gates.services })
  const code = await runtime.load<typeof calls>(callsV1)
  const target = await code.spawn({ name: 'target' })
  const from = await (await runtime.load<typeof relay>(fixture('relay/v1.ts'))).spawn()
  return { runtime, code, target, from }
}

test('calls and casts by name and by id, errors whole, unknown addresses told', async () => {
  const { target, from } = await pair()
  expect(await from.call('call', { to: 'target', name: 'add', payload: 5 })).toBe(5)
  expect(await from.call('call', { to: target.id, name: 'add', payload: 5 })).toBe(10)
  from.cast('cast', { to: 'target', name: 'put', payload: 3 })
  await expect.poll(async () => (await target.state()).list).toEqual([3])
  const throwing = from.call('call', { to: 'target', name: 'throwOrderError', payload: 1 })
  await expect(throwing).rejects.toMatchObject({ name: 'OrderError', code: 'ORDER_REFUSED' })
  const nobody = from.call('call', { to: 'nobody', name: 'x', payload: 1 })
  await expect(nobody).rejects.toMatchObject({ code: 'UNKNOWN_PROCESS', process: 'nobody' })
  const unknown = from.call('call', { to: 'target', name: 'x', payload: 1 })
  await expect(unknown).rejects.toMatchObject({ code: 'UNKNOWN_CALL' })
})

test('calls to a process that is being upgraded wait for it, in order', async () => {
  const { code, from } = await pair()
  const replies: Promise<unknown>[] = []
  const send = (): void => {
    for (let count = 0; count < 20; count++) {
      replies.push(from.call('call', { to: 'target', name: 'add', payload: 1 }))
    }
  }
  for (const file of [callsV2, callsV1, callsV2]) {
    send()
    const upgrade = code.upgrade(file)
    send()
    await upgrade
  }
  expect(await Promise.all(replies)).toEqual(replies.map((_, index) => index + 1))
})

test('a cast that fails is told to castFailed and harms nothing', async () => {
  const { runtime, target } = await pair()
  const failed = once(runtime, 'castFailed')
  target.cast('throwLater')
  expect(await failed).toMatchObject([
    { process: 'target', name: 'throwLater', error: { code: 'ORDER_REFUSED' } },
  ])
  expect(await target.call('get')).toBe(0)
})

test('a proxy stays valid across upgrades; a call that is pending is answered by the new version', async () => {
  const gates = new TestGates()
  const { code, target } = await pair(gates)
  const proxy = target.proxy()
  expect(await proxy.add(1)).toBe(1)
  const upgrades = code.upgrade(callsV2)
  const pending = [proxy.add(1), proxy.add(1)]
  await upgrades
  expect(await Promise.all(pending)).toEqual([2, 3])
  expect(await proxy.get()).toBe(3)
  await expect(proxy.throwTypeError()).rejects.toBeInstanceOf(TypeError)
})

test.each(['reject', 'drop-newest', 'drop-oldest'] as const)(
  'a full mailbox under %s: the right message is told MAILBOX_FULL, the others are handled in order',
  async (overflow) => {
    const gates = new TestGates()
    const runtime = await testRuntime({ services: gates.services })
    const code = await runtime.load<typeof calls>(callsV1)
    const ref = await code.spawn({ mailbox: { capacity: 4, overflow } })
    const held = ref.call('hold', 'full')
    await gates.reached('full')
    const sent = [1, 2, 3, 4, 5].map((value) => ref.call('push', value).catch((e: unknown) => e))
    gates.open('full')
    await held
    const ends = await Promise.all(sent)
    const full = ends.flatMap((end, index) => (Array.isArray(end) ? [] : [index + 1]))
    for (const index of full) expect(ends[index - 1]).toMatchObject({ code: 'MAILBOX_FULL' })
    expect(full).toEqual(overflow === 'drop-oldest' ? [2, 3] : [4, 5])
    const { list } = await ref.state()
    expect(list).toEqual([1, 2, 3, 4, 5].filter((value) => !full.includes(value)))
  },
)

test('twenty processes are upgraded together, each with its own state', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof calls>(callsV1)
  const refs = await Promise.all(Array.from({ length: 20 }, () => code.spawn()))
  await Promise.all(refs.map((ref, index) => ref.call('add', index)))
  const report = await code.upgrade(callsV2)
  expect(report.processes).toHaveLength(20)
  expect(await Promise.all(refs.map((ref) => ref.call('get')))).toEqual(refs.map((_, i) => i))
})

test('ids and names are two spaces: a name may look like the id of another, and goes before it', async () => {
  const { runtime, code, target, from } = await pair()
  const named = await code.spawn({ name: from.id })
  expect([runtime.whereis(from.id)?.id, from.id === named.id]).toEqual([named.id, false])
  await named.call('add', 1)
  expect(await target.call('add', 5)).toBe(5)
  expect(runtime.whereis('target')?.id).toBe(target.id)
  // The next id is one that no name hides.
  const taken = `p${Number(named.id.slice(1)) + 1}`
  await code.spawn({ name: taken })
  const unnamed = await code.spawn()
  expect(runtime.whereis(unnamed.id)?.id).toBe(unnamed.id)
  await expect(code.spawn({ name: 'target' })).rejects.toMatchObject({ code: 'NAME_TAKEN' })
})
