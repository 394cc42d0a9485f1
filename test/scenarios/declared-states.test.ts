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
