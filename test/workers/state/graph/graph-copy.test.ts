import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NotCarried } from '../../../../workers/state/graph/not-carried.ts'
import { sliceFromBytes, sliceToBytes } from '../../../../workers/state/graph/slice-bytes.ts'
import { ownCopy } from '../../../../src/protocol/bytes/own-copy.ts'
import { altered, exact } from '../../../src/protocol/bytes/values.ts'
import { expectAlike } from './alike.ts'
import { Copying } from './copying.ts'
import { change, make } from './changes.ts'
import type { Change } from './changes.ts'

type Work = Change | { readonly take: number } | { readonly rest: true }

const work: fc.Arbitrary<Work> = fc.oneof(
  { weight: 5, arbitrary: change },
  { weight: 5, arbitrary: fc.nat({ max: 60 }).map((take) => ({ take: take + 1 })) },
  { weight: 1, arbitrary: fc.constant({ rest: true } as const) },
)

/** Arrays with fields beside their elements go over as a whole, so they are none of these. */
function hasNames(value: unknown): boolean {
  try {
    new Copying(value).takeAll()
    return false
  } catch (error) {
    if (error instanceof NotCarried) return true
    throw error
  }
}

const carried = exact.filter((value) => !hasNames(value))

function begin(each: Work, root: object, copying: Copying): void {
  if ('take' in each) copying.take(each.take)
  else if ('rest' in each) {
    copying.rest()
    expectAlike(copying.target.root, root)
  } else if (!('fresh' in each.value)) make(root, each)
  else if (!hasNames(each.value.fresh))
    make(root, { ...each, value: { fresh: own(each.value.fresh) } })
}

/** What is changed in place is not what fast-check makes smaller values of. */
function own(value: unknown): unknown {
  return ownCopy(value, 'value')
}

test('a copy that was made in slices, while the graph was in use, is like the graph', () => {
  fc.assert(
    fc.property(carried, carried, fc.array(work, { maxLength: 40 }), (one, other, works) => {
      const [a, b] = own([one, other]) as unknown[]
      const root = { a, b, again: [a, new Map([[a, b]])] }
      const copying = new Copying(root)
      for (const each of works) begin(each, root, copying)
      copying.rest()
      expectAlike(copying.target.root, root)
      expect(copying.rest()).toBe(0)
    }),
    { numRuns: 800 },
  )
})

/** Changes of large collections, by numbers. */
interface LargeState {
  readonly map: Map<unknown, unknown>
  readonly set: Set<unknown>
  list: unknown[]
  readonly names: Record<string, unknown>
}

function largeState(size: number): LargeState {
  const records = Array.from({ length: size }, (_none, at) => ({ at }))
  return {
    map: new Map(records.map((record) => [`k${record.at}`, record])),
    set: new Set(records),
    list: [...records],
    names: Object.fromEntries(
      records.map((record) => [record.at % 2 === 0 ? `k${record.at}` : String(record.at), record]),
    ),
  }
}

const largeChanges: readonly ((state: LargeState, at: number) => void)[] = [
  ({ map }, at) => map.delete(`k${at}`),
  ({ map }, at) => {
    const value = map.get(`k${at}`)
    map.delete(`k${at}`)
    map.set(`k${at}`, value)
  },
  ({ map }, at) => map.set(`k${at}`, { at, again: true }),
  ({ map }, at) => map.set(at % 7 === 0 ? NaN : { key: at }, at),
  ({ set, list }, at) => set.delete(list[at]),
  ({ set, list }, at) => set.add(list[at]),
  ({ list }) => list.shift(),
  ({ list }, at) => list.push({ at }),
  ({ list }, at) => list.splice(at, at % 3, ...Array<unknown>(at % 4).fill(at)),
  ({ list }, at) => Reflect.deleteProperty(list, at),
  ({ list }, at) => list.splice(at % 50, 33 + at),
  ({ list }, at) => list.splice(at % 50, 0, ...Array.from({ length: 33 + at }, () => ({ at }))),
  ({ list }, at) => list.push(...list.splice(0, 33 + at)),
  (state, at) => {
    state.list = state.list.filter((_item, index) => index % 5 !== at % 5)
  },
  ({ list }, at) => {
    list.length = Math.max(0, list.length - (at % 3))
  },
  ({ names }, at) => {
    names[at % 3 === 0 ? `n${at}` : String(at)] = { at }
  },
  ({ names }, at) => Reflect.deleteProperty(names, Object.keys(names)[at] ?? ''),
  ({ names }, at) => {
    const key = Object.keys(names)[at] ?? 'none'
    const value = names[key]
    Reflect.deleteProperty(names, key)
    names[key] = value
  },
  ({ map }) => map.clear(),
]

test('large collections that change between the parts in which they are taken arrive in their order', () => {
  const step = fc.tuple(fc.nat({ max: 400 }), fc.nat({ max: 400 }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const state = largeState(300)
      const copying = new Copying(state)
      for (const [how, at] of steps) {
        if (how % 2 === 0) copying.take(20 + at)
        else largeChanges[how % largeChanges.length]?.(state, at)
      }
      copying.rest()
      expectAlike(copying.target.root, state)
      expect(copying.rest()).toBe(0)
    }),
    { numRuns: 200 },
  )
})

describe('only the difference goes over', () => {
  test.each<[string, (state: LargeState) => unknown]>([
    ['of a Map that grows by one', ({ map }) => map.set('new', 1)],
    ['of a Map that loses one', ({ map }) => map.delete('k500')],
    ['of a Map of which one moves to the end', largeChange(1)],
    ['of a Set that grows by one', ({ set }) => set.add('new')],
    ['of a list that grows by one', ({ list }) => list.push('new')],
    ['of a list that loses its last', ({ list }) => list.pop()],
    ['of a queue', ({ list }) => list.push(list.shift())],
    ['of a list that loses its first 400', ({ list }) => list.splice(0, 400)],
    ['of a list that is turned by 5', ({ list }) => list.push(...list.splice(0, 5))],
    ['of a list with one more in the middle', ({ list }) => list.splice(500, 0, 'new')],
    ['of an object that loses a key', ({ names }) => Reflect.deleteProperty(names, 'k500')],
    ['of an object with another index', ({ names }) => (names['5000'] = 1)],
    ['of one object', ({ list }) => Object.assign(list[500] as object, { at: -1 })],
  ])('%s', (_what, changeIt) => {
    const state = largeState(1000)
    const copying = new Copying(state)
    copying.takeAll()
    changeIt(state)
    expect(copying.rest()).toBeLessThan(16)
    expectAlike(copying.target.root, state)
  })
})

test('keys that come and go between rounds that do not list them are found at the end', () => {
  const { names } = largeState(200)
  const copying = new Copying(names)
  for (let round = 0; round < 3; round++) copying.takeAll()
  names['new'] = { at: 1 }
  Reflect.deleteProperty(names, 'k8')
  names['k10'] = 5
  copying.takeAll()
  copying.rest()
  expectAlike(copying.target.root, names)
  names['newer'] = { at: 2 }
  copying.takeAll()
  copying.takeAll()
  expect(copying.rest()).toBe(0)
  expectAlike(copying.target.root, names)
})

function largeChange(number: number): (state: LargeState) => void {
  return (state) => largeChanges[number]?.(state, 500)
}

describe('what does not go over piece by piece is refused', () => {
  test.each(altered)('%s, in what is taken first', (_what, of) => {
    expect(() => new Copying({ of: [of()] }).takeAll()).toThrow(NotCarried)
  })

  test.each(altered)('%s, that comes in later', (_what, of) => {
    const state: { of?: unknown } = { of: 1 }
    const copying = new Copying(state)
    copying.takeAll()
    state.of = [of()]
    expect(() => copying.rest()).toThrow(NotCarried)
  })

  test.each<
    [
      string,
      (state: {
        record: object
        list: object
        holes: object
        long: object
        error: Error
      }) => unknown,
    ]
  >([
    ['a symbol key', ({ record }) => Object.assign(record, { [Symbol('s')]: 1 })],
    ['a hidden field', ({ record }) => Object.defineProperty(record, 'b', { value: 1 })],
    ['a getter', ({ record }) => Object.defineProperty(record, 'a', { get: () => 1 })],
    ['another prototype', ({ record }) => Object.setPrototypeOf(record, null) as unknown],
    ['a field of a list', ({ list }) => Object.assign(list, { name: 1 })],
    ['a field of a list with holes', ({ holes }) => Object.assign(holes, { '-1': 1 })],
    ['a number for a field of one', ({ holes }) => Object.assign(holes, { 1.5: 1 })],
    ['a field of a long list', ({ long }) => Object.assign(long, { name: 1 })],
    ['a changed error', ({ error }) => (error.message = 'other')],
  ])('%s of an object that was taken, found in the round that follows', (_what, changeIt) => {
    const state = {
      record: { a: 1 },
      list: [1],
      holes: Array<unknown>(9),
      long: Array(300).fill(1),
      error: new Error('one'),
    }
    const copying = new Copying(state)
    copying.takeAll()
    changeIt(state)
    expect(() => copying.takeAll()).toThrow(NotCarried)
  })

  test('a graph of which almost all has changed', () => {
    const state = { list: Array.from({ length: 10_000 }, (_none, at) => ({ at })) }
    const copying = new Copying(state)
    copying.takeAll()
    for (const each of state.list) each.at++
    expect(() => copying.rest()).toThrow('changed too much')
  })
})

test('objects that have left are let go of, and come back as new ones', () => {
  const state = { list: Array.from({ length: 100 }, (_none, at) => ({ at, of: [{ at }] })) }
  const left = state.list[0]
  const copying = new Copying(state)
  copying.takeAll()
  expect(copying.source.held).toBe(302)
  state.list.length = 0
  copying.takeAll()
  copying.takeAll()
  expect(copying.source.held).toBe(2)
  if (left !== undefined) state.list.push(left, left)
  copying.rest()
  expectAlike(copying.target.root, state)
})

test('a list that is deeper than any stack, and memory that views share, go over', () => {
  let chain: { next?: object } = {}
  for (let at = 0; at < 50_000; at++) chain = { next: chain }
  const memory = new ArrayBuffer(100_000)
  const shared = new SharedArrayBuffer(8)
  const state = {
    one: new Uint8Array(memory, 8, 8),
    all: new DataView(memory),
    shared,
    again: [shared],
  }
  const copying = new Copying([chain, state])
  copying.takeAll()
  state.one[3] = 7
  expect(copying.rest()).toBeLessThan(8)
  const [arrived, { all, shared: sharedThere }] = copying.target.root as [object, typeof state]
  let length = 0
  for (let at: { next?: object } = arrived; at.next !== undefined; at = at.next) length++
  expect(length).toBe(50_000)
  expect(all.getUint8(11)).toBe(7)
  new Uint8Array(sharedThere)[0] = 1
  expect(new Uint8Array(shared)[0]).toBe(1)
})

test('slices come back from bytes as they were', () => {
  const state = { at: 1, of: new Map([[{ key: 1 }, [new Date(5), /a/u, Buffer.from('abc')]]]) }
  const copying = new Copying(state, (slice) => sliceFromBytes(sliceToBytes(slice)))
  copying.takeAll()
  state.at = 2
  copying.rest()
  expectAlike(copying.target.root, state)
})
