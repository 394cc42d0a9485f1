// @module-tag once
import { expect, test } from 'vitest'
import { defineProcess } from 'moult'
import { testProcess } from 'moult/testing'

const streams = defineProcess({
  version: '1',
  init: () => ({ sum: 0, ended: 0 }),
  calls: {
    async *count(state, to: number, { signal }) {
      try {
        for (let at = 0; at < to; at++) yield { at }
        return 'end'
      } finally {
        state.ended += signal.aborted ? 100 : 1
      }
    },
    add: async (state, items: AsyncIterable<number>) => {
      for await (const item of items) state.sum += item
      return state.sum
    },
    get: (state) => state,
  },
})

async function* numbers(to: number): AsyncGenerator<number> {
  for (let number = 0; number < to; number++) {
    await Promise.resolve()
    yield number
  }
}

test('a stream is read as from a thread, and its handler held at the window', async () => {
  const tested = await testProcess(streams)
  const stream = tested.stream('count', 50)
  const read: number[] = []
  for await (const { at } of stream) read.push(at)
  expect(read).toEqual(Array.from({ length: 50 }, (_, at) => at))
  expect(() => stream[Symbol.asyncIterator]()).toThrow(
    expect.objectContaining({ code: 'STREAM_LOCKED' }),
  )
  for await (const { at } of tested.stream('count', 1e9)) if (at === 20) break
  expect((await tested.call('get')).ended).toBe(101)
})

test('a payload is taken item by item', async () => {
  const tested = await testProcess(streams)
  expect(await tested.call('add', numbers(100))).toBe(4950)
})

test('what is no stream says so', async () => {
  const tested = await testProcess(streams)
  const loose = tested as unknown as { stream(name: string): AsyncIterableIterator<unknown> }
  await expect(loose.stream('get').next()).rejects.toMatchObject({ code: 'NOT_A_STREAM' })
  await expect(tested.call('count', 1)).rejects.toMatchObject({ code: 'NOT_A_STREAM' })
  expect(() => loose.stream('nope')).toThrow(expect.objectContaining({ code: 'UNKNOWN_CALL' }))
})
