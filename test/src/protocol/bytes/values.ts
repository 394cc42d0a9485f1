import { types } from 'node:util'
import fc from 'fast-check'
import { leaf } from './cloneable.ts'

class Point {
  x = 1
  #hidden = 2
  get sum(): number {
    return this.x + this.#hidden
  }
}
class Index extends Map<string, number> {}
class Members extends Set<string> {}
class List extends Array<number> {}
class Day extends Date {}
class NotFound extends Error {
  override name = 'NotFound'
}
class Bytes extends Uint8Array<ArrayBuffer> {}

function hidden(key: PropertyKey, value: unknown = 1): object {
  return Object.defineProperty({ a: 1 }, key, { value, enumerable: false })
}

function iterating(pattern: RegExp): RegExp {
  pattern.lastIndex = 2
  return pattern
}

function argumentsOf(): unknown {
  // eslint-disable-next-line prefer-rest-params
  return arguments
}

function ownCause(made: (error: Error) => unknown): Error {
  const error = new Error('own')
  error.cause = made(error)
  return error
}

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(8)
  structuredClone(buffer, { transfer: [buffer] })
  return buffer
}

/** Values that structured clone alters in silence or refuses, how the path goes on from them, and what stands there. */
export const altered: readonly (readonly [what: string, make: () => unknown, step: string])[] = [
  ['a URL', () => new URL('http://example.org'), ''],
  ['URLSearchParams', () => new URLSearchParams('a=1'), ''],
  ['Headers', () => new Headers({ a: '1' }), ''],
  ['an AbortSignal', () => AbortSignal.abort(), ''],
  ['an Event', () => new Event('click'), ''],
  ['an instance of a class', () => new Point(), ''],
  ['a subclass of Map', () => new Index([['a', 1]]), ''],
  ['a subclass of Set', () => new Members(['a']), ''],
  ['a subclass of Array', () => List.of(1, 2), ''],
  ['a subclass of Date', () => new Day(), ''],
  ['a subclass of Uint8Array', () => new Bytes(new ArrayBuffer(2)), ''],
  ['a subclass of Error', () => new NotFound('x'), ''],
  ['an AggregateError', () => new AggregateError([new Error('x')]), ''],
  ['an error with a code', () => Object.assign(new Error('x'), { code: 'E' }), '.code'],
  ['an error with a name', () => Object.assign(new Error('x'), { name: 'Mine' }), '.name'],
  ['an object with a symbol key', () => ({ a: 1, [Symbol('s')]: 2 }), '[Symbol(s)]'],
  ['an object with a hidden field', () => hidden('secret'), '.secret'],
  ['an object with a hidden symbol', () => hidden(Symbol('s')), '[Symbol(s)]'],
  ['an object with a getter', () => ({ a: 1, get total() { return 2 } }), '.total'], // prettier-ignore
  ['an object with a setter', () => ({ set total(_value: number) { /* */ } }), '.total'], // prettier-ignore
  ['an array with a symbol key', () => Object.assign([1], { [Symbol('s')]: 2 }), '[Symbol(s)]'],
  [
    'a sparse array with a class beside',
    () => Object.assign(Array(9), { '-1': new Point() }),
    '["-1"]',
  ],
  [
    'an array with a class beside its elements',
    () => Object.assign([1], { of: new Point() }),
    '.of',
  ],
  ['a Map with a field', () => Object.assign(new Map(), { name: 'm' }), '.name'],
  ['a Set with a field', () => Object.assign(new Set(), { name: 's' }), '.name'],
  ['a Date with a field', () => Object.assign(new Date(0), { zone: 'UTC' }), '.zone'],
  ['a RegExp with a field', () => Object.assign(/a/, { label: 'x' }), '.label'],
  ['a RegExp in the middle of a text', () => iterating(/a/g), '.lastIndex'],
  ['a typed array with a field', () => Object.assign(new Uint8Array(4), { name: 'b' }), '.name'],
  ['a boxed text with a field', () => Object.assign(new String('ab'), { name: 'b' }), '.name'],
  ['an error that is its own cause', () => ownCause((error) => error), '.cause'],
  [
    'an error that is deep in its own cause',
    () => ownCause((error) => new Map([['a', [new TypeError('b', { cause: { error } })]]])),
    '.cause',
  ],
  ['a function', () => () => 1, ''],
  ['a symbol', () => Symbol('s'), ''],
  ['a promise', () => Promise.resolve(), ''],
  ['a WeakMap', () => new WeakMap(), ''],
  ['a proxy', () => new Proxy({}, {}), ''],
  ['a proxy of an array', () => new Proxy([1], {}), ''],
  ['the arguments of a function', argumentsOf, '.length'],
  ['a generator', () => (function* () { yield 1 })(), ''], // prettier-ignore
  ['a detached buffer', detached, ''],
]

/** An object without a prototype. */
export function bare(fields: object): object {
  return Object.assign(Object.create(null) as object, fields)
}

/** Values whose prototype structured clone forgets, and that arrive whole all the same. */
export const restored: fc.Arbitrary<unknown> = fc.oneof(
  fc.string().map((text) => Buffer.from(text)),
  fc.uint8Array().map((bytes) => Buffer.from(bytes.buffer, 0, bytes.length >> 1)),
  fc.constant(undefined).map(() => Buffer.alloc(0)),
  fc.dictionary(fc.string(), leaf).map(bare),
)

/** Values of every kind that arrive as they are, in every kind of place, some of them twice. */
export const exact: fc.Arbitrary<unknown> = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf.filter((value) => !types.isRegExp(value) || value.lastIndex === 0),
    restored,
    fc.array(tie('node'), { maxLength: 5 }),
    fc.array(tie('node'), { maxLength: 4 }).map((items) => {
      const sparse = Array<unknown>(items.length * 2)
      items.forEach((item, index) => (sparse[index * 2] = item))
      return sparse
    }),
    fc.dictionary(fc.string(), tie('node'), { maxKeys: 5 }),
    fc.dictionary(fc.string(), tie('node'), { maxKeys: 5 }).map(bare),
    fc.tuple(tie('node'), tie('node')).map(([one, other]) => ({ one, other, again: one })),
    fc.tuple(tie('node'), tie('node')).map(([name, item]) => Object.assign([item], { name })),
    fc.array(tie('node'), { maxLength: 4 }).map((items) => new Set(items)),
    fc.array(fc.tuple(tie('node'), tie('node')), { maxLength: 4 }).map((all) => new Map(all)),
    tie('node').map((cause) => new TypeError('outer', { cause })),
  ),
})).node
