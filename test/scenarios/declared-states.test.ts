import { expect, test } from 'vitest'
import type declaredV1 from '../fixtures/declared/v1.ts'
import type declaredV2 from '../fixtures/declared/v2.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

const [v1, v2] = [fixture('declared/v1.ts'), fixture('declared/v2.ts')]

const whole = {
  rent: 'EUR 5',
  isSame: true,
  isCycle: true,
  isMember: true,
  isMoney: true,
  isHome: true,
  hrefs: ['https://example.org/', 'https://example.org/a'],
  host: 'example.org',
  many: 0,
}

test.each([{ isolates: 'per-process' }, { isolates: 2 }] as const)(
  'instances and values of codecs are what they were, of the new classes, up and down ($isolates)',
  async ({ isolates }) => {
    const runtime = await testRuntime()
    const code = await runtime.load<typeof declaredV1>(v1, { isolates })
    const ref = await code.spawn({ name: 'purse' })
    await code.spawn({ name: 'other' })
    const newer = ref.as<typeof declaredV2>()
    expect(await ref.call('describe')).toEqual({ ...whole, total: 'EUR 1' })
    await code.upgrade<typeof declaredV2>(v2, { allowRemoved: true })
    expect(await newer.call('describe')).toEqual({ ...whole, rent: '5 EUR', total: '1 EUR' })
    expect(await newer.call('add', 200)).toBe('3 EUR')
    await code.downgrade(v1)
    expect(await ref.call('describe')).toEqual({ ...whole, total: 'EUR 3' })
    await code.upgrade(v2, { rehearse: false, allowRemoved: true })
    expect(await newer.call('describe')).toEqual({ ...whole, rent: '5 EUR', total: '3 EUR' })
  },
)

test('what is not declared, or not carried, is refused by its path, and the old version goes on', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof declaredV1>(v1)
  const ref = await code.spawn({ name: 'purse' })
  const refused = { code: 'UNCLONEABLE_STATE', process: 'purse', phase: 'rehearse' }
  for (const [how, path, received] of [
    ['subclass', 'state.bad.deep[0]', 'an instance of Bitcoin'],
    ['undeclared', 'state.bad', 'an instance of Other'],
    ['getter', 'state.bad.purse.late', 'a getter or setter'],
  ] as const) {
    await ref.call('spoil', how)
    await expect(code.upgrade(v2, { allowRemoved: true })).rejects.toMatchObject({
      ...refused,
      path,
      received,
    })
    await expect(code.upgrade(v2, { allowRemoved: true, rehearse: false })).rejects.toMatchObject({
      code: 'UNCLONEABLE_STATE',
      path,
    })
  }
  await ref.call('spoil', 'nothing')
  expect(await ref.call('describe')).toEqual({ ...whole, total: 'EUR 1' })
  await code.upgrade(v2, { allowRemoved: true })
  expect(ref.version).toBe('2.0.0')
})

test.each([{ isolates: 'per-process' }, { isolates: 1 }] as const)(
  'a large state of instances goes ahead of the pause ($isolates)',
  async ({ isolates }) => {
    const runtime = await testRuntime()
    const code = await runtime.load<typeof declaredV1>(v1, { isolates })
    const ref = await code.spawn({ name: 'purse' })
    await ref.call('fill', 1000)
    // A value of a codec does not go over piece by piece.
    await ref.call('withoutUrls')
    const report = await code.upgrade<typeof declaredV2>(v2, { allowRemoved: true })
    expect(report.processes[0]?.copied).toMatchObject({ way: 'objects' })
    const without = { isMember: false, isHome: false, hrefs: undefined, host: undefined }
    const full = { many: 1000, ...without }
    const newer = ref.as<typeof declaredV2>()
    expect(await newer.call('describe')).toEqual({
      ...whole,
      rent: '5 EUR',
      total: '1 EUR',
      ...full,
    })
    const back = await code.downgrade(v1)
    expect(back.processes[0]?.copied).toMatchObject({ way: 'objects' })
    expect(await ref.call('describe')).toEqual({ ...whole, total: 'EUR 1', ...full })
  },
)
