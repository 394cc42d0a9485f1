import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Declared } from '../../../../src/protocol/bytes/declared.ts'
import { NotCarried } from '../../../../workers/state/graph/not-carried.ts'
import {
  Leaf,
  Node,
  Secret,
  declared,
  difference,
} from '../../../src/protocol/bytes/declared-graphs.ts'
import { Copying } from './copying.ts'

/** A list of instances, the older in the newer. */
function nodes(count: number): Node[] {
  const all: Node[] = []
  for (let at = 0; at < count; at++) {
    const node = at % 3 === 0 ? new Leaf() : new Node()
    node.next = all[at - 1]
    node.list.push(at, all[at >> 1])
    all.push(node)
  }
  return all
}

const step = fc.oneof(
  fc.record({ at: fc.nat({ max: 19 }), to: fc.nat({ max: 19 }) }),
  fc.record({ at: fc.nat({ max: 19 }), added: fc.nat() }),
  fc.record({ take: fc.integer({ min: 1, max: 40 }) }),
  fc.constant({ rest: true } as const),
)

test('instances that change while they are copied piece by piece are what they were', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const root = { all: nodes(20), byName: new Map<string, Node>() }
      const copying = new Copying(root, undefined, declared)
      for (const each of steps) {
        if ('take' in each) copying.take(each.take)
        else if ('rest' in each) copying.rest()
        else if ('to' in each) root.all[each.at]!.next = root.all[each.to]
        else
          root.byName.set(`${each.added}`, Object.assign(new Node(), { next: root.all[each.at] }))
      }
      copying.rest()
      expect(difference(root, copying.target.root)).toBeUndefined()
      expect(copying.rest()).toBe(0)
    }),
    { numRuns: 300 },
  )
})

test('a field that the new class computes is the field that came', () => {
  class Other {
    get next(): string {
      return 'computed'
    }
  }
  const root = nodes(2).slice(1)
  root[0]!.next = 'given'
  root[0]!.list = []
  const copying = new Copying(
    root,
    undefined,
    new Declared('1', { Node }, {}),
    new Declared('2', { Node: Other }, {}),
  )
  copying.takeAll()
  expect((copying.target.root as Other[])[0]).toBeInstanceOf(Other)
  root[0]!.next = 'changed'
  copying.rest()
  expect((copying.target.root as Other[])[0]?.next).toBe('changed')
})

test.each([
  ['a value of a codec', () => [new Secret(1)]],
  [
    'an instance of many fields',
    () => [
      Object.assign(
        new Node(),
        Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`f${at}`, at])),
      ),
    ],
  ],
  ['an instance of another class', () => [new (class Twig extends Leaf {})()]],
])('%s is left to a whole state', (_what, make) => {
  expect(() => new Copying(make(), undefined, declared).takeAll()).toThrow(NotCarried)
})

test('an instance that becomes one of another class, or gets a symbol, is left to a whole state', () => {
  for (const spoil of [
    (node: Node) => Object.setPrototypeOf(node, Object.prototype) as unknown,
    (node: Node) => Object.assign(node, { [Symbol('mark')]: 1 }),
  ]) {
    const root = nodes(3)
    const copying = new Copying(root, undefined, declared)
    copying.takeAll()
    spoil(root[1]!)
    expect(() => copying.takeAll()).toThrow(NotCarried)
  }
})

test('a class that is not declared where it arrives is refused there', () => {
  const copying = new Copying(nodes(1), undefined, declared, new Declared('2', {}, {}))
  expect(() => copying.takeAll()).toThrow('there is no class Leaf')
})
