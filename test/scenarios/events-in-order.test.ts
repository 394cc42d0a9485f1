import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rejection } from './contract-programs.ts'
import { bothWays, loaded, program, read } from './events-program.ts'

/** What is done to a process, one after the other. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant('cast'), count: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant('call'), count: fc.integer({ min: 0, max: 300 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant('large'), count: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constantFrom('move', 'fail'), count: fc.constant(0) }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('wait'), count: fc.constant(0) }) },
)

const filler = Array.from({ length: 100 }, () => 'x')

describe.each(['per-process', 1] as const)('isolates: %s', (isolates) => {
  test('whatever comes between, events are heard once and in order', async () => {
    const fails = program(
      '3',
      `codeChange: { '1': () => { throw new Error('no') }, '2': () => { throw new Error('no') } },`,
    )
    const { code, root } = await loaded(
      { 'v2.js': program('2', bothWays), 'v3.js': fails },
      isolates,
    )
    const [ref] = [await code.spawn(), await code.spawn()]
    const run = async (steps: readonly { does: string; count: number }[]): Promise<void> => {
      const heard: unknown[] = []
      const ofAll: unknown[] = []
      const expected: unknown[] = []
      const events = ref.events('moved', { capacity: Infinity })
      const listener = (data: unknown): void => void heard.push(data)
      const listenerOfAll = (data: unknown): void => void ofAll.push(data)
      ref.on('moved', listener)
      code.on('moved', listenerOfAll)
      const next = (): number => expected.push(expected.length) - 1
      let move: Promise<unknown> = Promise.resolve()
      for (const { does, count } of steps) {
        const numbers = Array.from({ length: count }, next)
        if (does === 'cast') for (const each of numbers) ref.cast('tell', each)
        if (does === 'call')
          void ref.call(
            'emit',
            numbers.map((each) => ['moved', each]),
          )
        if (does === 'large')
          for (const each of numbers) {
            expected[each] = [...filler, each]
            ref.cast('tell', expected[each])
          }
        if (does === 'wait') await ref.call('emit', [])
        if (does === 'move' || does === 'fail') {
          await move
          const target = does === 'fail' ? '3' : ref.version === '1' ? '2' : '1'
          const way = target === '1' ? ('downgrade' as const) : ('upgrade' as const)
          const moving = ref[way](`${root}/v${target}.js`)
          move = does === 'fail' ? rejection(moving) : moving
        }
      }
      await move
      await ref.call('emit', [])
      expect(heard).toEqual(expected)
      expect(ofAll).toEqual(expected)
      expect(await read(events, expected.length)).toEqual(expected)
      await events.return?.()
      ref.off('moved', listener)
      code.off('moved', listenerOfAll)
    }
    const steps = fc.array(step, { minLength: 3, maxLength: 25 })
    await fc.assert(fc.asyncProperty(steps, run), { numRuns: 15 })
  }, 120_000)
})
