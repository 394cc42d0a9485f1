import { expect, test } from 'vitest'
import type deep from '../fixtures/states/deep.ts'
import { nested } from '../fixtures/states/nested.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

test.each([{}, { resourceLimits: { stackSizeMb: 0.5 } }])(
  'what is nested too deeply for a thread fails alone, with its path; what came with it arrives (%o)',
  async (limits) => {
    const lines: unknown[] = []
    const silent = (): void => undefined
    const info = (message: string): void => void lines.push(message)
    const logger = { debug: silent, warn: silent, error: silent, info }
    const runtime = await testRuntime({ logger, ...limits })
    const code = await runtime.load<typeof deep>(fixture('states/deep.ts'))
    const ref = await code.spawn({ name: 'one' })
    await code.spawn({ name: 'other' })
    const path = expect.stringMatching(/^(reply|payload)(\.at)?\.next\.next.*…$/) as string
    for (const levels of [501, 2000, 5000]) {
      const calls = [
        ref.call('echo', 'before'),
        ref.call('make', levels),
        ref.call('echo', 'behind'),
        ref.call('send', levels),
        ref.call('echo', nested(levels)),
        ref.call('throwDeep', levels),
        ref.call('log', levels),
        ref.call('echo', 'last'),
      ]
      const results = await Promise.allSettled(calls)
      expect(results).toMatchObject([
        { value: 'before' },
        { reason: { code: 'UNCLONEABLE_REPLY', path } },
        { value: 'behind' },
        { reason: { code: 'UNCLONEABLE_ARGUMENT', path } },
        { reason: { code: 'UNCLONEABLE_ARGUMENT', path } },
        { reason: { message: 'deep', kept: 1 } },
        { value: undefined },
        { value: 'last' },
      ])
    }
    expect(lines).toEqual(['deep', 'deep', 'deep'])
    expect(await ref.call('make', 499)).toEqual({ at: nested(499) })
    expect(await ref.call('echo', nested(500))).toEqual(nested(500))
  },
)
