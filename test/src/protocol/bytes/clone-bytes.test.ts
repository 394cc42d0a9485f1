import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  deserialise,
  describe as nounFor,
  serialise,
} from '../../../../src/protocol/bytes/clone-bytes.ts'
import { cloneError } from '../../../../src/protocol/bytes/clone-error.ts'
import { isMoultError } from '../../../../src/protocol/errors.ts'
import { expectSame, graph, tree } from './cloneable.ts'

const roundTrip = (value: unknown): unknown => deserialise(serialise(value))

/** The error a state gets that holds `bad` somewhere. */
function refuse(value: unknown): ReturnType<typeof cloneError> {
  return cloneError('UNCLONEABLE_STATE', value, 'state', new Error('why'))
}

describe('bytes', () => {
  test('carry what structured clone carries', () => {
    fc.assert(
      fc.property(tree, (value) => {
        expectSame(roundTrip(value), structuredClone(value))
      }),
      { numRuns: 400 },
    )
  })

  test('keep cycles and what is shared', () => {
    fc.assert(
      fc.property(graph, (value) => {
        const copy = roundTrip(value) as Record<string, unknown>
        expectSame(copy, structuredClone(value))
        const list = copy['list'] as [unknown, unknown, Map<unknown, unknown>, Set<unknown>]
        expect(copy['self']).toBe(copy)
        expect(copy['again']).toBe(copy['one'])
        expect(list[0]).toBe(copy)
        expect(list[1]).toBe(copy['other'])
        expect(list[2].get(copy)).toBe(copy['one'])
        expect(list[3].has(copy)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  test('are alone in their buffer, so that moving them moves nothing else', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const bytes = serialise(value)
        expect([bytes.byteOffset, bytes.byteLength]).toEqual([0, bytes.buffer.byteLength])
        const moved = structuredClone(bytes, { transfer: [bytes.buffer] })
        expect(bytes.byteLength).toBe(0)
        expectSame(deserialise(moved), structuredClone(value))
      }),
      { numRuns: 50 },
    )
  })

  test('are read wherever they lie in a larger buffer', () => {
    const bytes = serialise({ list: new Float64Array([1.5, -0]), big: 2n ** 70n })
    for (let offset = 0; offset < 9; offset++) {
      const larger = new Uint8Array(bytes.length + 16)
      larger.set(bytes, offset)
      const view = larger.subarray(offset, offset + bytes.length)
      expect(deserialise(view)).toStrictEqual({
        list: new Float64Array([1.5, -0]),
        big: 2n ** 70n,
      })
    }
  })

  test('keep which views share one buffer, unlike v8.serialize', () => {
    const buffer = new ArrayBuffer(16)
    const state = { whole: new Uint8Array(buffer), half: new Uint16Array(buffer, 8, 2) }
    const copy = roundTrip(state) as typeof state
    expect(copy.half.buffer).toBe(copy.whole.buffer)
    expect([copy.half.byteOffset, copy.half.length]).toEqual([8, 2])
    copy.whole[8] = 7
    expect(copy.half[0]).toBe(7)
  })

  test('keep class and cause of errors as structured clone does', () => {
    const state = { last: new RangeError('outer', { cause: new TypeError('inner') }) }
    const copy = roundTrip(state) as typeof state
    expect(copy.last).toBeInstanceOf(RangeError)
    expect(copy.last.message).toBe('outer')
    expect(copy.last.cause).toStrictEqual(structuredClone(state).last.cause)
  })

  test.each([
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a promise', Promise.resolve()],
    ['a weak map', new WeakMap()],
    ['a proxy', new Proxy({}, {})],
    ['shared memory', new SharedArrayBuffer(4)],
    ['a generator', (function* () {})()],
  ])('never carry %s', (_what, value) => {
    expect(() => serialise({ deep: [value] })).toThrow()
  })

  test('refuse cut or foreign bytes instead of inventing a value', () => {
    const bytes = serialise({ name: 'x'.repeat(100), list: [1, 2, 3] })
    expect(() => deserialise(bytes.subarray(0, bytes.length - 20))).toThrow()
    expect(() => deserialise(new Uint8Array([1, 2, 3, 4]))).toThrow()
    expect(() => deserialise(new Uint8Array())).toThrow()
  })
})

describe('the path to what cannot be cloned', () => {
  const bad = (): number => 1

  test.each([
    ['state.users[3].callback', { users: [1, 2, 3, { callback: bad }] }],
    ['state[1][0]', [[], [bad]]],
    ['state["odd key"]', { 'odd key': bad }],
    ['state["it\'s"]["\\"q\\""]', { "it's": { '"q"': bad } }],
    ['state[""]', { '': bad }],
    ['state["0"]', { 0: bad }],
    ['state.get("id")', new Map([['id', bad]])],
    ['state.get(7).x', new Map([[7, { x: bad }]])],
    ['state.get(2n)', new Map([[2n, bad]])],
    ['state.get(object)', new Map([[{}, bad]])],
    ['state.key(function)', new Map([[bad, 1]])],
    ['state.key(object).inner', new Map([[{ inner: bad }, 1]])],
    ['state.has(function)', new Set([bad])],
    ['state.has(object).deep', new Set([{ deep: bad }])],
    ['state.$a_1', { $a_1: bad }],
    ['state', bad],
    ['state', Symbol('x')],
  ])('is %s', (path, value) => {
    const error = refuse(value)
    expect(error.path).toBe(path)
    expect(error.message.startsWith(`${path} is `)).toBe(true)
    expect(error.code).toBe('UNCLONEABLE_STATE')
    expect(error.cause).toEqual(new Error('why'))
  })

  test('is found wherever it is put, behind cycles too', () => {
    const steps = fc.array(fc.oneof(fc.nat(5), fc.string({ minLength: 1 })), { maxLength: 8 })
    fc.assert(
      fc.property(steps, tree, (path, noise) => {
        let value: unknown = bad
        let expected = ''
        for (const step of path.toReversed()) {
          if (typeof step === 'number') {
            const list: unknown[] = Array.from({ length: step }, () => noise)
            value = [...list, value]
            expected = `[${step}]${expected}`
          } else {
            const owner: Record<string, unknown> = Object.create(null) as Record<string, unknown>
            owner[step] = value
            owner['self'] ??= owner
            value = owner
            const isPlain = /^[A-Za-z_$][\w$]*$/.test(step)
            expected = (isPlain ? `.${step}` : `[${JSON.stringify(step)}]`) + expected
          }
        }
        expect(refuse(value).path).toBe(`state${expected}`)
      }),
      { numRuns: 100 },
    )
  })

  test('is the one with the fewest steps, then the first', () => {
    expect(refuse({ a: 1, b: [bad, bad], c: bad }).path).toBe('state.c')
    expect(refuse({ a: 1, b: [1, bad, bad] }).path).toBe('state.b[1]')
  })

  test('says what stands there, in a few words', () => {
    expect(refuse({ onJoin: bad }).received).toBe("a function 'bad'")
    expect(refuse({ p: Promise.resolve() }).received).toBe('an instance of Promise')
    expect(refuse({ s: Symbol('x') }).received).toBe('the symbol Symbol(x)')
  })

  test('of a detached buffer names the buffer', () => {
    const buffer = new ArrayBuffer(8)
    structuredClone(buffer, { transfer: [buffer] })
    expect(refuse({ ok: 1, gone: { buffer } }).path).toBe('state.gone.buffer')
  })

  test('is found in a wide state without serialising it again and again', () => {
    const users = Array.from({ length: 20_000 }, (_none, id) => ({ id, name: `user ${id}` }))
    const state = { users: [...users, { id: -1, name: bad }] }
    expect(refuse(state).path).toBe('state.users[20000].name')
  })
})

describe('whatever the value, what is thrown is a MoultError', () => {
  const revoked = (): unknown => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  }

  test.each([
    ['a getter that throws', { get boom() { throw new Error('boom') } }], // prettier-ignore
    ['a revoked proxy', { at: revoked() }],
    ['a function with a strange name', Object.defineProperty(() => 1, 'name', { value: Symbol() })],
    ['a class with a strange name', new (class { static readonly name = Symbol() as never; own = 1 })()], // prettier-ignore
    ['a class that is not told', Object.create({ get constructor() { throw new Error('boom') } })], // prettier-ignore
  ])('%s', (_what, value) => {
    expect(isMoultError(refuse(value), 'UNCLONEABLE_STATE')).toBe(true)
  })

  test('a list too deep for the stack', () => {
    let list: unknown
    for (let depth = 0; depth < 100_000; depth++) list = { list }
    expect(isMoultError(refuse(list), 'UNCLONEABLE_STATE')).toBe(true)
  })
})

test.each([
  [null, 'null'],
  [undefined, 'undefined'],
  [-0, 'the number -0'],
  [12n, 'the bigint 12n'],
  ['short', 'the string "short"'],
  ['x'.repeat(61), `the string "${'x'.repeat(57)}..."`],
  [[], 'an empty array'],
  [[0], 'an array'],
  [{}, 'an object'],
  [Object.create(null), 'an object'],
  [{ constructor: 1 }, 'an object'],
  [
    new (class {
      own = 1
    })(),
    'an instance of a class',
  ],
  [new Map(), 'an instance of Map'],
  [
    function named() {
      return 1
    },
    "a function 'named'",
  ],
])('%o is described as a noun', (value, noun) => {
  expect(nounFor(value)).toBe(noun)
})
