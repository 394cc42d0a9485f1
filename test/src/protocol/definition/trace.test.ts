import { describe, expect, test } from 'vitest'
import { checkedTrace, isTraceparent } from '../../../../src/protocol/definition/trace.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

describe('a traceparent', () => {
  test.each([
    ['the first version', `00-${TRACE}-${SPAN}-01`],
    ['a version to come', `cc-${TRACE}-${SPAN}-00`],
    ['a version to come, with more', `01-${TRACE}-${SPAN}-01-what-it-will-be`],
  ])('%s', (_, value) => {
    expect(isTraceparent(value)).toBe(true)
  })

  test.each([
    ['no text', 7],
    ['nothing', undefined],
    ['an empty text', ''],
    ['an unknown version', `ff-${TRACE}-${SPAN}-01`],
    ['more than the first version has', `00-${TRACE}-${SPAN}-01-more`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['a short trace', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['no flags', `00-${TRACE}-${SPAN}`],
    ['something before it', ` 00-${TRACE}-${SPAN}-01`],
    ['a line behind it', `00-${TRACE}-${SPAN}-01\n`],
  ])('none: %s', (_, value) => {
    expect(isTraceparent(value)).toBe(false)
  })
})

test('of a carrier of headers the two that count are taken', () => {
  const traceparent = `00-${TRACE}-${SPAN}-01`
  expect(checkedTrace('here', { traceparent, baggage: 'x=1' })).toEqual({ traceparent })
  const both = { traceparent, tracestate: 'vendor=1' }
  expect(checkedTrace('here', { ...both, b3: '0' })).toEqual(both)
})
