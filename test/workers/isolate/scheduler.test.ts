import fc from 'fast-check'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { Scheduler } from '../../../workers/isolate/scheduler.ts'
import type { Scheduled } from '../../../workers/isolate/scheduler.ts'

/** So many messages a process handles before the next has its turn. */
const QUOTA = 64

/** A process with so many messages that wait. It writes down its turns. */
class Queue implements Scheduled {
  readonly #name: string
  readonly #turns: string[]
  readonly #onMessage: (() => void) | undefined
  left: number

  constructor(name: string, left: number, turns: string[], onMessage?: () => void) {
    this.#name = name
    this.left = left
    this.#turns = turns
    this.#onMessage = onMessage
  }

  takeTurn(quota: number): boolean {
    const count = Math.min(quota, this.left)
    this.#turns.push(`${this.#name}${count}`)
    for (let at = 0; at < count; at++) {
      this.left--
      this.#onMessage?.()
    }
    return this.left > 0
  }
}

/** Keeps the thread for longer than it goes without a look at what has arrived. */
function spin(): void {
  const until = performance.now() + 1.5
  while (performance.now() < until);
}

async function untilDone(queues: readonly Queue[]): Promise<void> {
  while (queues.some(({ left }) => left > 0)) await turn()
}

test('processes take turns, each of so many messages at most, in the order in which they came', async () => {
  const [scheduler, turns] = [new Scheduler(), [] as string[]]
  const queues = [new Queue('a', 150, turns), new Queue('b', 10, turns), new Queue('c', 70, turns)]
  for (const each of queues) scheduler.add(each)
  scheduler.run()
  await untilDone(queues)
  expect(turns).toEqual(['a64', 'b10', 'c64', 'a64', 'c6', 'a22'])
})

test('one that is added twice has one turn', () => {
  const [scheduler, turns] = [new Scheduler(), [] as string[]]
  const queue = new Queue('a', 3, turns)
  scheduler.add(queue)
  scheduler.add(queue)
  scheduler.run()
  expect(turns).toEqual(['a3'])
})

test('one that is added again after its turn has another', () => {
  const [scheduler, turns] = [new Scheduler(), [] as string[]]
  const queue = new Queue('a', 1, turns)
  for (const waiting of [1, 2]) {
    queue.left = waiting
    scheduler.add(queue)
    scheduler.run()
  }
  expect(turns).toEqual(['a1', 'a2'])
})

test('one that could handle no more is not asked again by itself', async () => {
  const [scheduler, turns] = [new Scheduler(), [] as string[]]
  scheduler.add({
    takeTurn: () => {
      turns.push('stuck')
      return false
    },
  })
  scheduler.run()
  await turn()
  scheduler.run()
  expect(turns).toEqual(['stuck'])
})

test('a turn within a turn is none: who is added by a handler waits for the running one', () => {
  const [scheduler, log] = [new Scheduler(), [] as string[]]
  const second: Scheduled = { takeTurn: () => log.push('second') < 0 }
  scheduler.add({
    takeTurn: () => {
      log.push('first begins')
      scheduler.add(second)
      scheduler.run()
      log.push('first ends')
      return false
    },
  })
  scheduler.run()
  expect(log).toEqual(['first begins', 'first ends', 'second'])
})

test('one whose turn throws does not keep the others from theirs for ever', () => {
  const [scheduler, turns] = [new Scheduler(), [] as string[]]
  scheduler.add({
    takeTurn: () => {
      throw new Error('broken')
    },
  })
  scheduler.add(new Queue('b', 1, turns))
  expect(() => scheduler.run()).toThrow('broken')
  scheduler.run()
  expect(turns).toEqual(['b1'])
})

describe('after a while', () => {
  test('the thread looks what has importedState while others wait for their turns', async () => {
    const [scheduler, turns] = [new Scheduler(), [] as string[]]
    const queues = ['a', 'b', 'c'].map((name) => new Queue(name, 1, turns, spin))
    for (const each of queues) scheduler.add(each)
    const importedState = turn().then(() => turns.push('importedState'))
    scheduler.run()
    expect(turns).toEqual(['a1'])
    await importedState
    await untilDone(queues)
    // It had been asked for before the scheduler knew that it would need another turn.
    expect(turns).toEqual(['a1', 'importedState', 'b1', 'c1'])
  })

  test('one alone goes on: nothing else waits for a turn', () => {
    const [scheduler, turns] = [new Scheduler(), [] as string[]]
    let count = 0
    const queue = new Queue('a', 3 * QUOTA, turns, () => {
      if (count++ % QUOTA === 0) spin()
    })
    scheduler.add(queue)
    scheduler.run()
    expect(turns).toEqual(['a64', 'a64', 'a64'])
  })
})

test('whatever waits, nothing is forgotten, and none has a second turn before all others that wait have one', async () => {
  const counts = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(counts, async (waiting) => {
      const [scheduler, turns] = [new Scheduler(), [] as string[]]
      const queues = waiting.map((count, index) => new Queue(`${index}:`, count, turns))
      for (const each of queues) scheduler.add(each)
      scheduler.run()
      await untilDone(queues)
      const left = [...waiting]
      const expected: string[] = []
      while (left.some((count) => count > 0)) {
        left.forEach((count, index) => {
          if (count > 0) expected.push(`${index}:${Math.min(count, QUOTA)}`)
          left[index] = Math.max(0, count - QUOTA)
        })
      }
      expect(turns).toEqual(expected)
    }),
    { numRuns: 100 },
  )
})
