// @module-tag once
import { expect, test } from 'vitest'
import { defineProcess } from 'moult'
import type { TraceContext } from 'moult'
import { testProcess } from 'moult/testing'

const traced = defineProcess({
  version: '1',
  init: () => ({ seen: [] as (TraceContext | undefined)[] }),
  calls: {
    trace: (_state, _payload: undefined, context) => context.trace,
    later: (_state, _payload: undefined, context) => context.after(10, 'note'),
    tell: (_state, to: string, context) => context.cast(to, 'note'),
    async *traces(_state, _payload: undefined, context) {
      yield context.trace
    },
    ask: (_state, to: string, context) => context.call(to, 'what'),
    set: (_state, trace: TraceContext, context) => {
      context.trace = trace
      context.cast('other', 'note')
    },
  },
  casts: {
    note: (state, _payload: undefined, context) => {
      state.seen.push(context.trace)
    },
  },
})

const trace = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' }
const other = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-1111111111111111-01' }

test('a trace is carried as between threads', async () => {
  const process = await testProcess(traced, { answer: () => 'that' })
  expect(await process.call('trace')).toBe(undefined)
  const sender = process.with({ trace })
  expect(await sender.call('trace')).toEqual(trace)
  expect(await process.call('trace')).toBe(undefined)
  expect(await sender.stream('traces').next()).toMatchObject({ value: trace })
  expect(await process.stream('traces').next()).toMatchObject({ value: undefined })

  await sender.call('later')
  expect(process.clock.timers).toMatchObject([{ cast: 'note', trace }])
  await process.clock.advance(10)
  sender.cast('note')
  await sender.call('tell', 'test')
  process.cast('note')
  await process.settled()
  expect((await process.state()).seen).toEqual([trace, trace, trace, undefined])

  await sender.call('ask', 'other')
  await sender.call('set', other)
  await process.call('tell', 'other')
  expect(process.sent).toMatchObject([{ kind: 'call', trace }, { kind: 'cast', trace: other }, {}])
  expect(process.sent[2]).not.toHaveProperty('trace')
})

test('what is no trace is refused', async () => {
  const process = await testProcess(traced)
  expect(() => process.with({ trace: { traceparent: 'none' } })).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', path: 'trace.traceparent' }),
  )
})
