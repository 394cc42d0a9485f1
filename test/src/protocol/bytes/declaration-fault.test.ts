import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import { declarationFault } from '../../../../src/protocol/bytes/declaration-fault.ts'

class Plain {
  readonly cents = 1
  static readonly #made = new Set<Plain>()

  /** Its text has what looks like a private field: #cents = 1; */
  get text(): string {
    Plain.#made.add(this)
    return `#cents #text; `
  }
}
class Private {
  #cents = 1

  get cents(): number {
    return this.#cents
  }
}
class PrivateMethod {
  read(): number {
    return this.#get()
  }

  #get(): number {
    return 1
  }
}
class Below extends Private {}
class List extends Map {}
class Sub extends Plain {}
const codec = { is: () => false, encode: () => 1, decode: () => 1 }

describe('declared classes', () => {
  test.each([[{ Plain, Sub, EventEmitter }], [Object.create(null) as object], [{}]])(
    '%#: is right',
    (classes) => {
      expect(declarationFault(classes, { codec })).toBeUndefined()
    },
  )

  test.each([
    ['a function without a prototype', { A: () => 1 }, 'A'],
    ['an instance', { A: new Plain() }, 'A'],
    ['nothing', { A: undefined }, 'A'],
    ['one of the language', { Date }, 'Date'],
    ['one of Node', { URL }, 'URL'],
    ['one that extends one of the language', { Plain, List }, 'List'],
    ['one with a private field', { Private }, 'Private'],
    ['one with a private method', { PrivateMethod }, 'PrivateMethod'],
    ['one that extends one with a private field', { Below }, 'Below'],
    ['one with two names', { A: Plain, B: Plain }, 'B'],
  ])('%s is refused', (_what, classes, name) => {
    expect(declarationFault(classes, {})).toMatchObject({ path: `classes["${name}"]` })
  })

  test.each([[1], [null], [[Plain]], [new Map([['Plain', Plain]])]])('%#: not %o', (classes) => {
    expect(declarationFault(classes, {})).toMatchObject({ path: 'classes' })
    expect(declarationFault({}, classes)).toMatchObject({ path: 'codecs' })
  })
})

test.each([
  ['one that lacks a function', { is: codec.is, encode: codec.encode }],
  ['one with another field', { ...codec, name: 'a' }],
  ['one whose field is no function', { ...codec, is: true }],
  ['a function', () => 1],
  ['nothing', undefined],
])('of codecs %s is refused', (_what, a) => {
  expect(declarationFault({}, { a })).toMatchObject({
    path: 'codecs["a"]',
    expected: '{ is, encode, decode }, each a function',
  })
})
