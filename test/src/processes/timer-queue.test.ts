import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TimerQueue } from '../../../src/processes/timer-queue.ts'

interface Item {
  dueAt: number
  index: number
}

type Act = readonly ['add', dueAt: number] | readonly ['remove', at: number] | readonly ['take']

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.tuple(fc.constant('add' as const), fc.integer({ min: 0, max: 50 })),
  fc.tuple(fc.constant('remove' as const), fc.nat(60)),
  fc.constant(['take'] as const),
)

test('the first is one that is due first, whatever was added and taken out', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 300 }), (acts) => {
      const queue = new TimerQueue<Item>()
      const model: Item[] = []
      for (const [what, value] of acts) {
        if (what === 'add') {
          const item = { dueAt: value, index: -1 }
          model.push(item)
          queue.add(item)
        } else {
          const taken = what === 'take' ? queue.first : model[value % Math.max(1, model.length)]
          if (taken === undefined) continue
          model.splice(model.indexOf(taken), 1)
          queue.remove(taken)
          expect(taken.index).toBe(-1)
        }
        expect(queue.size).toBe(model.length)
        const due = model.map(({ dueAt }) => dueAt)
        expect(queue.first?.dueAt).toBe(due.length === 0 ? undefined : Math.min(...due))
      }
    }),
  )
})

test('one that waits nowhere is not taken out of another place', () => {
  const queue = new TimerQueue<Item>()
  const item = { dueAt: 1, index: -1 }
  queue.add(item)
  queue.remove({ dueAt: 1, index: -1 })
  expect(queue.first).toBe(item)
})
