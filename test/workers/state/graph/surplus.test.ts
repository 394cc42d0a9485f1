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
  'a hidden field': (object: object) => void Object.defineProperty(object, 'hidden', { value: 1 }),
  'a getter': (object: object) => {
    const [[key, value] = ['got', 1]] = Object.entries(object)
    Object.defineProperty(object, key, { get: () => value as unknown, enumerable: true })
  },
  'a class': (object: object) => void Object.setPrototypeOf(object, Odd.prototype),
}

const all = Object.entries(kinds).flatMap(([kind, of]) =>
  Object.entries(surplus)
    .filter(([what]) => isLost(kind, what))
    .map(([what, put]) => ({ kind, what, of, put })),
)

/** Fields of objects are data; hidden ones of arrays, and getters there, are seen in no state. */
function isLost(kind: string, what: string): boolean {
  if (kind.startsWith('an object')) return what !== 'a field'
  return !kind.endsWith('array') || (what !== 'a hidden field' && what !== 'a getter')
}

describe('what an object gets that was taken, and structured clone does not carry', () => {
  test.each(all)('$what of $kind is found in the round that follows', ({ of, put }) => {
    const state = { of: of() }
    const copying = new Copying(state)
    copying.takeAll()
    put(state.of)
    expect(() => copying.takeAll()).toThrow(NotCarried)
  })

  test.each(all.filter((each) => !isUnseen(each)))('$what of $kind is found at the end', (each) => {
    const state = { of: each.of() }
    const copying = new Copying(state)
    copying.takeAll()
    each.put(state.of)
    expect(() => copying.rest()).toThrow(NotCarried)
  })
})

/** To find it takes longer than to compare all that is data: that is looked for while the other side migrates. */
function isUnseen({ kind, what }: { readonly kind: string; readonly what: string }): boolean {
  if (kind === 'an object') return what === 'a symbol for a name' || what === 'a getter'
  if (kind === 'a boxed number') return what.endsWith('field') || what === 'a getter'
  return kind === 'a typed array' && what.endsWith('field')
}

describe('what no comparison sees is found behind it', () => {
  test.each(all.filter(isUnseen))('$what of $kind', ({ of, put }) => {
    const state = [...Array.from({ length: 10 }, () => ({ a: [] })), of()]
    const copying = new Copying(state)
    copying.takeAll()
    copying.rest()
    let from: number | undefined = 0
    while (from !== undefined) from = copying.source.prove(from, 7)
    put(state[10] as object)
    copying.rest()
    expect(copying.source.prove(0, 7)).toBe(7)
    expect(() => copying.source.prove(0, Infinity)).toThrow(NotCarried)
  })
})
