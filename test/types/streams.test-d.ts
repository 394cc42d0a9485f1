/* eslint-disable @typescript-eslint/no-unused-vars -- definitions are named for their types */
import { defineProcess } from 'moult'
import type { ItemOf, ItemStream, ProcessRef, ResultOf, StateOf, StreamsOf } from 'moult'
import { expectTypeOf, test } from 'vitest'

test('what is resumable is named by calls, also where init is given its context', () => {
  const chat = defineProcess({
    version: '1',
    resumable: ['answer'],
    init: (_args: undefined, { cron }) => {
      cron('@daily', 'tidy')
      return { asked: 0 }
    },
    calls: {
      async *answer(state, question: string) {
        yield `${question} ${++state.asked}`
      },
    },
    casts: { tidy: (state) => void (state.asked = 0) },
  })
  expectTypeOf<StateOf<typeof chat>>().toEqualTypeOf<{ asked: number }>()
  expectTypeOf<StreamsOf<typeof chat>>().toEqualTypeOf<'answer'>()

  defineProcess({
    version: '1',
    resumable: ['answers'],
    init: () => ({ asked: 0 }),
    // @ts-expect-error there is no call of this name
    calls: { answer: (state) => state.asked },
  })
})

test('a stream has the items and the result of its handler', () => {
  const program = defineProcess({
    version: '1',
    init: () => ({ asked: 0 }),
    calls: {
      async *answer(state, question: string) {
        yield { question, at: state.asked }
        return 'end' as const
      },
      lines: () => new ReadableStream<string>(),
      get: (state) => state.asked,
    },
  })
  type Calls = typeof program.calls & {}
  expectTypeOf<ItemOf<Calls['answer']>>().toEqualTypeOf<{ question: string; at: number }>()
  expectTypeOf<ResultOf<Calls['answer']>>().toEqualTypeOf<'end'>()
  expectTypeOf<StreamsOf<typeof program>>().toEqualTypeOf<'answer' | 'lines'>()
  const ref = null as unknown as ProcessRef<typeof program>
  const read = (): ItemStream<string> => ref.stream('lines')
  expectTypeOf(read).returns.toExtend<AsyncIterable<string>>()
  // @ts-expect-error it replies
  const wrong = (): unknown => ref.stream('get')
  // @ts-expect-error the question is missing
  const less = (): unknown => ref.stream('answer')
  expectTypeOf([wrong, less]).toBeArray()
})
