import { describe, expect, test } from 'vitest'
import type { Shape } from '../../../src/protocol/jobs/state-shape.ts'
import { fits } from '../../../workers/search/shape-fit.ts'

const number: Shape = { kind: 'number' }
const text: Shape = { kind: 'string' }
const list: Shape = {
  kind: 'object',
  fields: [
    { name: 'head', shape: number, isOptional: false },
    { name: 'tail', shape: { kind: 'named', name: 'list' }, isOptional: true },
  ],
}
const buffer = new ArrayBuffer(8)

describe.each<[string, Shape, readonly unknown[], readonly unknown[]]>([
  ['anything', { kind: 'any' }, [1, undefined, {}], []],
  ['nothing', { kind: 'none', text: '' }, [], [1, undefined, () => 0]],
  ['a number', number, [0, NaN, -Infinity], ['0', 0n, null]],
  ['a finite number', { kind: 'number', isFinite: true }, [1.5], [NaN, Infinity]],
  [
    'a bounded whole number',
    { kind: 'number', isInteger: true, min: 0, max: 9 },
    [0, 9],
    [-1, 10, 0.5, NaN],
  ],
  ['a text', text, ['', 'x'], [1, Object('x')]],
  ['a bounded text', { kind: 'string', minLength: 1, maxLength: 2 }, ['a', 'ab'], ['', 'abc']],
  ['a text of a pattern', { kind: 'string', pattern: '^a+$' }, ['a', 'aa'], ['', 'ab']],
  ['zero', { kind: 'literal', value: 0 }, [0, -0], [1, false, null]],
  ['a boolean', { kind: 'boolean' }, [true, false], [0, 'true']],
  ['a date', { kind: 'date' }, [new Date(), new Date(NaN)], [0, '2026']],
  ['a regular expression', { kind: 'regexp' }, [/a/], ['a']],
  [
    'bytes',
    { kind: 'binary', of: 'Uint8Array' },
    [new Uint8Array(buffer), Buffer.from('a')],
    [buffer, new Int8Array(1)],
  ],
  ['a buffer', { kind: 'binary', of: 'ArrayBuffer' }, [buffer], [new Uint8Array(buffer)]],
  ['a view', { kind: 'binary', of: 'DataView' }, [new DataView(buffer)], [buffer]],
  [
    'a list',
    { kind: 'array', element: number, maxLength: 2 },
    [[], [1, 2]],
    [[1, 2, 3], ['1'], new Set()],
  ],
  [
    'a pair',
    { kind: 'tuple', elements: [number, text], required: 1 },
    [[1], [1, 'a']],
    [[], ['a'], [1, 'a', 2]],
  ],
  [
    'a pair and more',
    { kind: 'tuple', elements: [number], required: 1, rest: text },
    [[1], [1, 'a', 'b']],
    [[], [1, 2]],
  ],
  [
    'a Map',
    { kind: 'map', key: text, value: number },
    [new Map(), new Map([['a', 1]])],
    [{}, new Map([[1, 1]]), new Map([['a', 'a']])],
  ],
  ['a Set', { kind: 'set', element: number }, [new Set([1])], [[1], new Set(['1'])]],
  ['one of two', { kind: 'union', options: [number, text] }, [1, 'a'], [null, 1n]],
  [
    'an object',
    list,
    [{ head: 1 }, { head: 1, tail: { head: 2 } }, { head: 1, more: 2 }],
    [{}, [], { head: 1, tail: {} }, { head: 1, tail: undefined }, new Map()],
  ],
  [
    'a record',
    {
      kind: 'object',
      fields: [{ name: 'id', shape: text, isOptional: true }],
      rest: { key: { kind: 'string', pattern: '^\\d+$' }, value: number },
    },
    [{}, { 1: 1 }, { id: 'a', 2: 2 }],
    [{ id: 1 }, { a: 1 }, { 1: 'a' }],
  ],
])('%s', (_name, shape, right, wrong) => {
  test.each(right.map((value) => [value]))('is %o', (value) => {
    expect(fits(value, shape, { list })).toBe(true)
  })

  test.each(wrong.map((value) => [value]))('is not %o', (value) => {
    expect(fits(value, shape, { list })).toBe(false)
  })
})

test('what contains itself fits as far as it goes', () => {
  const state: Record<string, unknown> = { head: 1 }
  state['tail'] = state
  expect(fits(state, list, { list })).toBe(true)
  state['head'] = 'one'
  expect(fits(state, list, { list })).toBe(false)
})
