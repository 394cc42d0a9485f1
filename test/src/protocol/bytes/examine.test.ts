import fc from 'fast-check'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { cloneError } from '../../../../src/protocol/bytes/clone-error.ts'
import { ANOTHER_THREAD, NEXT_VERSION } from '../../../../src/protocol/bytes/destination.ts'
import type { Destination } from '../../../../src/protocol/bytes/destination.ts'
import { INEXACT, examine } from '../../../../src/protocol/bytes/examine.ts'
import { ownCopy } from '../../../../src/protocol/bytes/own-copy.ts'
import { pack, unpack } from '../../../../src/protocol/bytes/payload.ts'
import { prototypesOf, restorePrototypes } from '../../../../src/protocol/bytes/prototypes.ts'
import type { Prototypes } from '../../../../src/protocol/bytes/prototypes.ts'
import { expectSame, graph } from './cloneable.ts'
import { altered, bare, exact } from './values.ts'

interface Carried {
  readonly value: unknown
  readonly prototypes: Prototypes | undefined
}

const ways: readonly (readonly [string, Destination, (all: Carried) => Carried])[] = [
  ['a message', ANOTHER_THREAD, structuredClone],
  ['a state', NEXT_VERSION, (all) => unpack(pack(all)) as Carried],
]

/** The value as it arrives; INEXACT where it is refused. */
function arrived(value: unknown, to: Destination, way: (all: Carried) => Carried): unknown {
  const prototypes = examine(value, to)
  if (prototypes === INEXACT) return INEXACT
  const there = way({ value, prototypes })
  restorePrototypes(there.prototypes)
  return there.value
}

describe.each(ways)('%s', (_what, to, way) => {
  test('that passes is what arrives, prototypes included', () => {
    fc.assert(
      fc.property(exact, (value) => expectSame(arrived(value, to, way), value)),
      { numRuns: 500 },
    )
  })

  test('with cycles passes, and is what arrives', () => {
    fc.assert(
      fc.property(graph, (value) => expectSame(arrived(value, to, way), structuredClone(value))),
      { numRuns: 30 },
    )
  })

  test.each(altered)('with %s is refused, and the path leads there', (_value, make, step) => {
    const places: [unknown, string][] = [
      [make(), `it${step}`],
      [{ list: [1, { at: make() }] }, `it.list[1].at${step}`],
      [new Map([['k', [make()]]]), `it.get("k")[0]${step}`],
      [new Set([bare({ at: make() })]), `it.has(object).at${step}`],
      [[Buffer.from('x'), new Error('outer', { cause: make() })], `it[1].cause${step}`],
    ]
    for (const [value, path] of places) {
      expect(examine(value, to)).toBe(INEXACT)
      expect(cloneError('UNCLONEABLE_STATE', value, 'it', undefined, to)).toMatchObject({ path })
    }
  })

  test('that holds one of these anywhere is refused', () => {
    const one = fc.constantFrom(...altered)
    fc.assert(
      fc.property(exact, exact, one, (before, behind, [, make, step]) => {
        const value = { before, here: [make()], behind }
        expect(examine(value, to)).toBe(INEXACT)
        const { path } = cloneError('UNCLONEABLE_STATE', value, 'it', undefined, to)
        expect(path).toBe(`it.here[0]${step}`)
      }),
      { numRuns: 300 },
    )
  })

  test('of another realm passes', () => {
    const value = runInNewContext(
      '({ list: [1], map: new Map([[1, new Set()]]), at: new Date(0), bytes: new Uint8Array(2), fault: new TypeError() })',
    ) as object
    expect(examine(value, to)).toBeUndefined()
  })

  test('passes though another program has added to the prototype of all objects', () => {
    Object.defineProperty(Object.prototype, 'added', {
      value: 1,
      enumerable: true,
      configurable: true,
      writable: true,
    })
    try {
      expect(examine({ a: [{ b: 1 }] }, to)).toBeUndefined()
      expect(examine({ a: [{ b: new URL('http://a') }] }, to)).toBe(INEXACT)
    } finally {
      Reflect.deleteProperty(Object.prototype, 'added')
    }
  })
})

function nested(levels: number): unknown {
  let list: unknown
  for (let depth = 0; depth < levels; depth++) list = { next: list }
  return list
}

test('errors that are met twice pass where none is in its own cause', () => {
  const inner = new Error('inner')
  const outer = new Error('outer', { cause: { inner } })
  const holder: Record<string, unknown> = {}
  holder['error'] = new Error('in what its cause is', { cause: holder })
  for (const value of [[inner, outer, inner, outer], holder, [holder, holder]]) {
    expect(examine(value, ANOTHER_THREAD)).toBeUndefined()
    expect(() => structuredClone(value)).not.toThrow()
  }
})

test('an error far down in its own cause is refused, too', () => {
  const error = new Error('own')
  let at: unknown = error
  for (let depth = 0; depth < 1200; depth++) at = { at }
  error.cause = at
  expect(examine({ error }, NEXT_VERSION)).toBe(INEXACT)
})

test('a message that is nested deeper than any thread can read is refused, and others are not', () => {
  expect(examine(nested(500), ANOTHER_THREAD)).toBeUndefined()
  expect(examine(nested(501), ANOTHER_THREAD)).toBe(INEXACT)
  const { message, path } = cloneError('UNCLONEABLE_REPLY', nested(5000), 'reply')
  expect(message).toContain('nested deeper than 500 levels')
  expect(path).toMatch(/^reply\.next\.next.*…$/)
})

test('a state may be nested deeper, and be as large as it likes', () => {
  expect(examine(nested(5000), NEXT_VERSION)).toBeUndefined()
  expect(examine(nested(5001), NEXT_VERSION)).toBe(INEXACT)
  const many = Array.from({ length: 60_000 }, (_none, id) => ({ id, at: [id] }))
  expect(examine({ many }, NEXT_VERSION)).toBeUndefined()
  expect(examine({ many, one: new URL('http://a') }, NEXT_VERSION)).toBe(INEXACT)
})

test('the part at fault is named, however many others there are', () => {
  const items = Array.from({ length: 200_000 }, (_none, at) => at)
  const entries = new Map(items.map((item) => [item, item]))
  const value = { items, entries, inner: { last: [...items, () => 1] } }
  const { path } = cloneError('UNCLONEABLE_STATE', value, 'state')
  expect(path).toBe('state.inner.last[200000]')
})

test('what branches again and again into the same is looked at once', () => {
  let value: unknown = 1
  for (let level = 0; level < 60; level++) value = [value, value]
  expect(examine(value, NEXT_VERSION)).toBeUndefined()
})

test('objects of the platform that cross whole are messages, and no states', () => {
  for (const value of [new Blob(['x'])]) {
    expect(examine([value], ANOTHER_THREAD)).toBeUndefined()
    expect(examine([value], NEXT_VERSION)).toBe(INEXACT)
  }
})

describe('a private copy', () => {
  test('is the same value, and nothing of it is the original', () => {
    fc.assert(
      fc.property(exact, (value) => {
        const copy = ownCopy(value, 'payload')
        expectSame(copy, value)
        if (typeof value === 'object' && value !== null) expect(copy).not.toBe(value)
      }),
      { numRuns: 500 },
    )
  })

  test('keeps cycles and what is shared', () => {
    fc.assert(
      fc.property(graph, (value) => {
        const copy = ownCopy(value, 'payload') as Record<string, unknown>
        expectSame(copy, structuredClone(value))
        expect(copy['self']).toBe(copy)
        expect(copy['again']).toBe(copy['one'])
        expect((copy['list'] as unknown[])[1]).toBe(copy['other'])
      }),
      { numRuns: 30 },
    )
  })

  test('knows what has to go beside it', () => {
    const copy = ownCopy({ bytes: Buffer.from('x'), fields: bare({ a: 1 }) }, 'payload') as {
      readonly bytes: Buffer
      readonly fields: object
    }
    expect(prototypesOf(copy)).toEqual({ buffers: [copy.bytes], bare: [copy.fields] })
    expect(prototypesOf(ownCopy({ a: 1 }, 'payload'))).toBeUndefined()
  })

  test.each(altered)('of %s is refused', (_what, make, step) => {
    expect(() => ownCopy({ at: make() }, 'payload')).toThrow(
      expect.objectContaining({ code: 'UNCLONEABLE_ARGUMENT', path: `payload.at${step}` }) as Error,
    )
  })
})

describe('of a long array', () => {
  /** How often the names of all its fields are asked for: for a million elements that takes longer than the copy. */
  function namings(list: unknown[]): number {
    const { keys } = Object
    let count = 0
    Object.keys = (value: object) => {
      if (value === list) count++
      return keys(value)
    }
    try {
      expect(examine(list, ANOTHER_THREAD)).toBe(undefined)
    } finally {
      Object.keys = keys
    }
    return count
  }

  test('the elements are gone through, and of a sparse one those that there are', () => {
    const sparse: unknown[] = Array(2 ** 32 - 1)
    sparse[7] = sparse[2 ** 31] = 'there'
    expect(namings(Array(200_000).fill('there'))).toBe(0)
    expect(namings(sparse)).toBeGreaterThan(0)
  })

  test('what is altered is found, wherever it is', () => {
    for (const length of [200_000, 2 ** 32 - 1]) {
      for (const at of [0, 30_000, 199_999]) {
        const list: unknown[] = Array(length)
        if (length === 200_000) list.fill(0)
        list[at] = new URL('http://host')
        expect(examine(list, ANOTHER_THREAD)).toBe(INEXACT)
      }
    }
  })
})
