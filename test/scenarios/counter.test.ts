import { expect, test } from 'vitest'
import type v1 from '../fixtures/counter/v1.ts'
import type v2 from '../fixtures/counter/v2.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

test('the design’s example: a counter keeps its count across an upgrade and back', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof v1>(fixture('counter/v1.ts'))
  const counter = await code.spawn({ name: 'counter', args: { start: 40 } })
  expect(await counter.call('increment', 2)).toBe(42)

  const report = await code.upgrade<typeof v2>(fixture('counter/v2.ts'))
  expect(await counter.call('get')).toBe(42)
  expect(counter.version).toBe('2.0.0')
  expect(report.from.version).toBe('1.0.0')
  expect(report.processes[0]?.oldThread?.exitCode).toBe(0)
  expect(await counter.as<typeof v2>().call('changes')).toBe(0)

  await code.downgrade<typeof v1>(fixture('counter/v1.ts'), { allowRemoved: true })
  expect(await counter.call('increment', 1)).toBe(43)
  expect(counter.version).toBe('1.0.0')
})
