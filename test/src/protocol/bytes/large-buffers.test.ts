import { expect, test } from 'vitest'
import { largeBuffersIn } from '../../../../src/protocol/bytes/large-buffers.ts'

const MB = 1024 * 1024
const large = new Uint8Array(2 * MB)

test.each([
  ['on its own', large],
  ['as a property', { grid: large }],
  ['in a list', [1, { rows: [large] }]],
  ['in a map', new Map([['a', { large }]])],
  ['in a set', new Set([large])],
  ['several times', [large, large.subarray(4), new DataView(large.buffer)]],
])('a buffer is found %s, once', (_where, value) => {
  expect(largeBuffersIn(value)).toEqual([2 * MB])
})

test.each([
  ['too little in all', { one: new Uint8Array(MB / 4), other: new Uint8Array(MB / 4) }],
  ['small ones', Array.from({ length: 1_000 }, () => new Uint8Array(8_192))],
  ['shared memory', new Uint8Array(new SharedArrayBuffer(2 * MB))],
  ['nothing', undefined],
  ['text', 'x'.repeat(2 * MB)],
  ['a proxy', new Proxy({ large }, {})],
  ['behind a getter', { get large() { throw new Error('called') } }], // prettier-ignore
])('%s is no reason to get preallocated ready', (_what, value) => {
  expect(largeBuffersIn(value)).toEqual([])
})

test('several large ones are told with their sizes', () => {
  const value = { one: new Float64Array(MB), list: [new Uint8Array(MB / 2), new Uint8Array(100)] }
  expect(largeBuffersIn(value)).toEqual([8 * MB, MB / 2])
})

test('a cycle ends, and a long list is not gone through', () => {
  const value: Record<string, unknown> = { large }
  value['self'] = value
  value['list'] = Array.from({ length: 1_000_000 }, (_none, id) => ({ id }))
  expect(largeBuffersIn(value)).toEqual([2 * MB])
})
