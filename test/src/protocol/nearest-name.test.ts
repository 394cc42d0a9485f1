import { expect, test } from 'vitest'
import { nearestName } from '../../../src/protocol/nearest-name.ts'

const names = ['timeoutMs', 'drain', 'only', 'mode']

test.each([
  ['timeoutMs', 'timeoutMs'],
  ['timeotMs', 'timeoutMs'],
  ['timeoutMss', 'timeoutMs'],
  ['timeOutMS', 'timeoutMs'],
  ['tmieoutMs', 'timeoutMs'],
  ['drian', 'drain'],
  ['onyl', undefined],
  ['onl', 'only'],
  ['moda', 'mode'],
  ['rate', undefined],
  ['on', undefined],
  ['', undefined],
])('%s: %s', (name, nearest) => {
  expect(nearestName(name, names)).toBe(nearest)
})

test('a text of megabytes is not compared letter by letter', () => {
  expect(nearestName('x'.repeat(2 ** 26), names)).toBeUndefined()
})

test('of two the nearer', () => {
  expect(nearestName('load', ['loads', 'load', 'loud'])).toBe('load')
  expect(nearestName('lod', [])).toBeUndefined()
})
