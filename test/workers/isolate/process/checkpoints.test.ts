import { expect, test } from 'vitest'
import { Deferred } from '../../../../src/protocol/deferred.ts'
import type { CheckpointRule } from '../../../../src/protocol/definition/checkpoint-rule.ts'
import { CellState } from '../../../../src/protocol/wire/progress.ts'
import { unpack } from '../../../../src/protocol/bytes/payload.ts'
import { HostedIsolate, HostedProcess } from '../../../support/hosted-process.ts'

interface State {
  count: number
}

function definition(concurrency: number): object {
  return {
    version: '1',
    concurrency,
    init: () => ({ count: 0 }),
    calls: {
      add: (state: State) => ++state.count,
      wait: async (state: State, until: Promise<void>) => {
        state.count += 10
        await until
        state.count += 100
      },
      async *count(state: State) {
        for (;;) yield await Promise.resolve(++state.count)
      },
    },
    casts: {},
  }
}

interface Kept {
  readonly sequence: number
  readonly count: number
}

class Keeping {
  readonly hosted: HostedProcess

  constructor(rule: CheckpointRule | false, concurrency = 1, state?: CellState) {
    const isolate = new HostedIsolate(definition(concurrency))
    this.hosted = new HostedProcess(isolate, state === undefined ? {} : { state })
    this.hosted.host.state.keepOnMain(rule, this.hosted.host)
    if (state === undefined) this.hosted.host.init(undefined)
  }

  async read(): Promise<Kept[]> {
    const said = await this.hosted.read()
    return said.flatMap((each) => {
      if (!('type' in each) || each.type !== 'checkpoint') return []
      return [{ sequence: each.sequence, count: (unpack(each) as State).count }]
    })
  }
}

test('the first comes without a message, and others behind so many', async () => {
  const keeping = new Keeping({ everyMessages: 3 })
  expect(await keeping.read()).toEqual([{ sequence: 0, count: 0 }])
  keeping.hosted.deliver(0, 'add', ...Array.from({ length: 7 }))
  expect(await keeping.read()).toEqual([
    { sequence: 3, count: 3 },
    { sequence: 6, count: 6 },
  ])
})

test('there are none without a rule', async () => {
  const keeping = new Keeping(false)
  keeping.hosted.deliver(0, 'add', 1)
  expect(await keeping.read()).toEqual([])
})

test('a time that has passed makes one where something has been handled', async () => {
  const keeping = new Keeping({ everyMs: 1 })
  await keeping.read()
  keeping.hosted.deliver(0, 'add', 1)
  const made: Kept[] = []
  while (made.length === 0) made.push(...(await keeping.read()))
  expect(made).toEqual([{ sequence: 1, count: 1 }])
})

test('a handler is waited for', async () => {
  const keeping = new Keeping({ everyMessages: 1 })
  await keeping.read()
  const until = new Deferred<undefined>()
  keeping.hosted.deliver(0, 'wait', until.promise)
  expect(await keeping.read()).toEqual([])
  until.resolve(undefined)
  expect(await keeping.read()).toEqual([{ sequence: 1, count: 110 }])
})

test('of several at once it is made amid them, and says which may be half done', async () => {
  const keeping = new Keeping({ everyMessages: 2 }, 2)
  await keeping.read()
  keeping.hosted.deliver(0, 'wait', new Promise(() => undefined))
  keeping.hosted.deliver(1, 'add', 1)
  expect(await keeping.read()).toEqual([{ sequence: 0, count: 11 }])
})

test('one that enters makes none before it serves, and the first before all messages', async () => {
  const keeping = new Keeping({ everyMessages: 5 }, 1, CellState.Entering)
  keeping.hosted.enter({ count: 7 }, { hold: true })
  keeping.hosted.deliver(0, 'add', 1)
  expect(await keeping.read()).toEqual([])
  keeping.hosted.release()
  expect(await keeping.read()).toEqual([{ sequence: 0, count: 7 }])
})

test('a suspend that comes to nothing is followed by one', async () => {
  const keeping = new Keeping({ everyMessages: 5 })
  await keeping.read()
  keeping.hosted.deliver(0, 'add', 1)
  keeping.hosted.suspend()
  keeping.hosted.host.pump()
  expect(await keeping.read()).toEqual([])
  keeping.hosted.resume()
  expect(await keeping.read()).toEqual([{ sequence: 1, count: 1 }])
})
