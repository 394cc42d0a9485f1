import { describe, expect, test } from 'vitest'
import { NotCarried } from '../../../../workers/state/graph/not-carried.ts'
import { Copying } from './copying.ts'

const many = Object.fromEntries(Array.from({ length: 50 }, (_none, at) => [`k${at}`, at]))

const kinds = {
  'an object': (): object => ({ a: 1 }),
  'an object of many fields': () => ({ ...many }),
  'an object of many fields without a prototype': () =>
    Object.assign(Object.create(null) as object, many),
  'an array': () => [1, 2],
  'a Map': () => new Map([[1, 2]]),
  'a Set': () => new Set([1]),
  'a Date': () => new Date(5),
  'an error': () => new RangeError('one'),
  'a RegExp': () => /a/u,
  'an ArrayBuffer': () => new ArrayBuffer(8),
  'a typed array': () => new Uint8Array(8),
  'a boxed number': () => Object(5) as object,
}

class Odd {
  odd = 1
}

/** What structured clone does not carry. */
const surplus = {
  'a field': (object: object) => void Object.assign(object, { surplus: 1 }),
  'a symbol for a name': (object: object) => void Object.assign(object, { [Symbol('s')]: 1 }),
  'a class': (object: object) => void Object.setPrototypeOf(object, Odd.prototype),
}

const all = Object.entries(kinds).flatMap(([kind, of]) =>
  Object.entries(surplus)
    // A field more is data there.
    .filter(([what]) => what !== 'a field' || !kind.startsWith('an object'))
    .map(([what, put]) => ({ kind, what, of, put })),
)

describe('what an object gets that was taken, and structured clone does not carry', () => {
  test.each(all)('$what of $kind is found in the round that follows', ({ of, put }) => {
    const state = { of: of() }
    const copying = new Copying(state)
    copying.takeAll()
    put(state.of)
    expect(() => copying.takeAll()).toThrow(NotCarried)
  })

  test.each([
    ['a Map', 'a field'],
    ['a Set', 'a field'],
    ['a Date', 'a field'],
    ['an error', 'a field'],
    ['a RegExp', 'a field'],
    ['an ArrayBuffer', 'a field'],
    ['an object of many fields', 'a class'],
    ['an object of many fields without a prototype', 'a class'],
  ] as const)('what is seen of %s is found at the end: %s', (kind, what) => {
    const state = { of: kinds[kind]() }
    const copying = new Copying(state)
    copying.takeAll()
    surplus[what](state.of)
    expect(() => copying.rest()).toThrow(NotCarried)
  })
})
