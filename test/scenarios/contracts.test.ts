// @module-tag once
import type { Phase } from 'moult'
import { expect, test } from 'vitest'
import type byZod from '../fixtures/contracts/by-zod.ts'
import type v1 from '../fixtures/contracts/v1.ts'
import type v2 from '../fixtures/contracts/v2.ts'
import { fixture, testRuntime } from '../support/runtime.ts'
import { rejection, world } from './contract-programs.ts'
import { TestGates } from './gates.ts'

test('an argument that does not fit is refused to the caller, and the handler does not see it', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof v1>(fixture('contracts/v1.ts'))
  const shop = await code.spawn({ args: { price: 3 } })
  await expect(shop.call('setPrice', -1)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    path: 'payload',
    received: 'the number -1',
  })
  expect(await shop.call('get')).toEqual({ price: 3, seen: [] })
  await expect(shop.call('badReply')).rejects.toMatchObject({ code: 'INVALID_REPLY' })
  shop.cast('note', '  trimmed by the schema ')
  expect((await shop.call('get')).seen).toEqual(['trimmed by the schema'])
})

test.each([true, false])(
  'a migrated state that does not fit leaves the old version serving (rehearse %s)',
  async (rehearse) => {
    const runtime = await testRuntime()
    const code = await runtime.load<typeof v1>(fixture('contracts/v1.ts'))
    const shop = await code.spawn({ args: { price: 3 } })
    const upgrade = code.upgrade(fixture('contracts/v2.ts'), { extra: 'bad', rehearse })
    await expect(upgrade).rejects.toMatchObject({
      code: 'INVALID_STATE',
      path: 'state.price.currency',
      phase: rehearse ? 'rehearse' : 'transfer',
    })
    expect(shop.version).toBe('1.0.0')
    expect(await shop.call('setPrice', 4)).toBe(4)
  },
)

test('messages that wait are translated by upcast, in order, and the audit counts them', async () => {
  const gates = new TestGates()
  const faultPoint = (phase: Phase): void => {
    if (phase === 'suspend') setImmediate(() => gates.open('wait'))
  }
  const runtime = await testRuntime({ services: gates.services, faultPoint })
  const code = await runtime.load<typeof v1>(fixture('contracts/v1.ts'))
  const shop = await code.spawn({ args: { price: 3 } })
  const busy = shop.call('wait')
  await gates.reached('wait')
  const replies = [shop.call('setPrice', 5), shop.call('setPrice', 6)]
  shop.cast('note', 'hello')
  // A dry run would wait for the handler that waits.
  const options = { rehearse: false }
  const upgraded = await code.upgrade<typeof v2>(fixture('contracts/v2.ts'), options)
  const { mailboxAudit, code: next } = upgraded
  await busy
  expect(mailboxAudit).toMatchObject({ fit: 0, upcast: 3, refused: 0, removed: 0 })
  expect(mailboxAudit.byName['setPrice']).toEqual({ fit: 0, upcast: 2, refused: 0, removed: 0 })
  expect(await Promise.all(replies)).toEqual([5, 6])
  const [ref] = next.processes
  expect(await ref?.call('get')).toEqual({
    price: { amount: 6, currency: 'EUR' },
    seen: ['HELLO'],
  })
  await expect(shop.call('setPrice', 7)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
})

test('a queue that the new version cannot read refuses the upgrade before anything is suspended', async () => {
  const gates = new TestGates()
  const faultPoint = (phase: Phase): void => {
    if (phase === 'suspend') setImmediate(() => gates.open('wait'))
  }
  const runtime = await testRuntime({ services: gates.services, faultPoint })
  const code = await runtime.load<typeof v1>(fixture('contracts/v1.ts'))
  const shop = await code.spawn({ args: { price: 3 } })
  const busy = shop.call('wait')
  await gates.reached('wait')
  const replies = [shop.call('setPrice', 5), shop.call('setPrice', 6)]
  const upgrade = code.upgrade(fixture('contracts/v2-no-upcast.ts'), { rehearse: false })
  await expect(upgrade).rejects.toMatchObject({
    code: 'MAILBOX_REFUSED',
    phase: 'audit',
    received: expect.stringMatching(/^2 × setPrice \(payload/) as string,
  })
  gates.open('wait')
  await busy
  expect(await Promise.all(replies)).toEqual([5, 6])
  expect(shop.version).toBe('1.0.0')
})

test.each(['zod', 'valibot', 'arktype'])(
  'state, payloads and replies are checked by %s',
  async (library) => {
    const runtime = await testRuntime()
    const failed = new Promise((resolve) => runtime.once('castFailed', resolve))
    const code = await runtime.load<typeof byZod>(fixture(`contracts/by-${library}.ts`))
    const args = { price: '3' as unknown as number }
    const refused = { code: 'INVALID_STATE', path: 'state.price', received: 'the string "3"' }
    await expect(code.spawn({ name: 'shop', args })).rejects.toMatchObject(refused)
    const shop = await code.spawn({ name: 'shop', args: { price: 3 } })
    await expect(shop.call('setPrice', -1)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      path: 'payload',
      received: 'the number -1',
    })
    expect(await shop.call('setPrice', 4)).toBe(3)
    shop.cast('tag', ' new ')
    shop.cast('tag', 7 as unknown as string)
    expect(await failed).toMatchObject({
      process: 'shop',
      name: 'tag',
      error: { code: 'INVALID_ARGUMENT', path: 'payload', received: 'the number 7' },
    })
    expect(await shop.call('get')).toEqual({ price: 4, tags: ['new'] })
  },
)

const numbers = "schemas: { calls: { number: { payload: is((n) => typeof n === 'number') } } },"

test('what is refused disturbs nothing behind it, whoever sends it and however', async () => {
  const strict = `schemas: {
    calls: {
      number: { payload: is((n) => typeof n === 'number') },
      bytes: { payload: is((bytes) => bytes?.byteLength > 3), reply: is(Number.isFinite) },
    },
  },`
  const { code } = await world([{ fields: strict }])
  const [ref, relay] = [await code.spawn({ name: 'strict' }), await code.spawn()]
  const refused = expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error
  const [small, large] = [new Uint8Array(2), new Uint8Array(4)]
  const move = (bytes: Uint8Array<ArrayBuffer>): Promise<number> => {
    return ref.with({ transfer: [bytes.buffer] }).call('bytes', bytes)
  }
  const proxy = ref.proxy() as unknown as { number: (n: unknown) => Promise<unknown> }
  const replies = [
    ref.call('number', 1),
    rejection(ref.call('number', 'two')),
    rejection(move(small)),
    ref.call('number', 3),
    rejection(proxy.number('four')),
    proxy.number(5),
    move(large),
    rejection(relay.call('relay', 'strict')),
    ref.call('number', 6),
  ]
  expect(await Promise.all(replies)).toEqual([1, refused, refused, 3, refused, 5, 4, refused, 6])
  expect(await ref.call('log')).toEqual(['1:1', '1:3', '1:5', '1:6'])
  expect((await ref.inspect()).totals).toMatchObject({ failed: 4, restarts: 0 })
})

test('an asynchronous schema counts as the running handler: what follows waits, a suspend too', async () => {
  const late = "schemas: { calls: { number: { payload: later((n) => n !== 'bad') } } },"
  const next = `codeChange: { '1': 'unchanged' },`
  const { code, file } = await world([{ fields: late }, { fields: next }])
  const ref = await code.spawn()
  const replies = [
    ref.call('number', 1),
    rejection(ref.call('number', 'bad')),
    ref.call('log'),
    ref.call('number', 2),
  ]
  ref.cast('put', 3)
  // With a schema that is waited for, the suspend finds one under way.
  const upgrade = code.upgrade(file(2))
  expect(await Promise.all(replies)).toEqual([
    1,
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    [expect.stringMatching(/^[12]:1$/)],
    2,
  ])
  await upgrade
  const log = await ref.call('log')
  expect(log.map((line) => line.slice(2))).toEqual(['1', '2', '3'])
})

test('arguments of several handlers at once are checked each on its own', async () => {
  const late = `concurrency: 4,
    schemas: { calls: { number: { payload: later((n) => n % 3 !== 0) } } },`
  const { code } = await world([{ fields: late }])
  const ref = await code.spawn()
  const replies = Array.from({ length: 30 }, (_, n) => ref.call('number', n).catch(() => 'refused'))
  const expected = Array.from({ length: 30 }, (_, n) => (n % 3 === 0 ? 'refused' : n))
  expect(await Promise.all(replies)).toEqual(expected)
})

const short = `schemas: { state: is(({ log }) => log.length < 2) },`
const asyncShort = `schemas: { state: later(({ log }) => log.length < 2) },`
const change = `codeChange: { '1': (old) => ({ log: old.log }) },`

test.each([
  ['unchanged', `codeChange: { '1': 'unchanged' },`, short],
  ['a codeChange', change, short],
  ['a codeChange and a schema that answers late', change, asyncShort],
])(
  'the state of one of three does not fit after %s: all three go on',
  async (_, migration, schema) => {
    const { runtime, code, file } = await world([{}, { fields: migration + schema }])
    const refs = await Promise.all(Array.from({ length: 3 }, () => code.spawn()))
    await Promise.all(refs.map((ref, n) => ref.call('number', n)))
    await refs[1]!.call('number', 'too much')
    const { isolates } = runtime
    for (const rehearse of [true, false]) {
      const upgrade = code.upgrade(file(2), { rehearse })
      await expect(upgrade).rejects.toMatchObject({ code: 'INVALID_STATE', path: 'state' })
    }
    expect(await Promise.all(refs.map((ref) => ref.call('number', 'on')))).toHaveLength(3)
    expect(refs.map(({ version }) => version)).toEqual(['1', '1', '1'])
    await expect.poll(() => runtime.isolates).toBeLessThanOrEqual(isolates + 1)
    await expect(refs[1]!.upgrade(file(2))).rejects.toMatchObject({ code: 'INVALID_STATE' })
  },
)

test('a canary takes those whose state fits, and is refused for those whose does not', async () => {
  const { code, file } = await world([{}, { fields: change + short }])
  const good = await code.spawn({ name: 'good' })
  const bad = await code.spawn({ name: 'bad' })
  await Promise.all([bad.call('number', 1), bad.call('number', 2)])
  await expect(code.upgrade(file(2), { only: ['bad'] })).rejects.toMatchObject({
    code: 'INVALID_STATE',
  })
  await code.upgrade(file(2), { only: ['good'] })
  expect([good.version, bad.version]).toEqual(['2', '1'])
  expect(await Promise.all([good.call('number', 5), bad.call('number', 5)])).toEqual([5, 5])
})

test('a downgrade gives a state that the older version’s schema takes, or is refused', async () => {
  const back = `${change} downgrade: { '1': (state) => ({ log: state.log }) },`
  const { code, file } = await world([{ fields: short }, { fields: back }])
  const ref = await code.spawn()
  await code.upgrade(file(2))
  await ref.call('number', 1)
  await code.downgrade(file(1))
  expect(ref.version).toBe('1')
  await code.upgrade(file(2))
  await ref.call('number', 2)
  await expect(code.downgrade(file(1))).rejects.toMatchObject({
    code: 'INVALID_STATE',
    phase: 'transfer',
    path: 'state',
  })
  expect(ref.version).toBe('2')
  expect(await ref.call('log')).toEqual(['2:1', '2:2'])
})

test('on the way over another version the state has to fit there too', async () => {
  const { code, file } = await world([
    {},
    { fields: change + short },
    { fields: `codeChange: { '2': (old) => ({ log: [] }) },` },
  ])
  const ref = await code.spawn()
  await Promise.all([ref.call('number', 1), ref.call('number', 2)])
  await code.load(file(2))
  await expect(code.upgrade(file(3))).rejects.toMatchObject({ code: 'INVALID_STATE' })
  expect(await ref.call('log')).toEqual(['1:1', '1:2'])
})

test('a schema that is at fault refuses with its code, and the process goes on', async () => {
  const fields = `schemas: { calls: {
    number: { payload: is(() => { throw new RangeError('boom') }) },
    log: { reply: { '~standard': { version: 1, vendor: 'x', validate: () => 'nonsense' } } },
  } },`
  const { code } = await world([{ fields }, { fields: numbers }])
  const ref = await code.spawn()
  await expect(ref.call('number', 1)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    cause: { name: 'RangeError', message: 'boom' },
  })
  await expect(ref.call('log')).rejects.toMatchObject({ code: 'INVALID_REPLY', path: 'reply' })
  expect((await ref.inspect()).totals.restarts).toBe(0)
})
