import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Declared } from '../../../../src/protocol/bytes/declared.ts'
import {
  ANOTHER_THREAD,
  NEXT_VERSION,
  declaring,
} from '../../../../src/protocol/bytes/destination.ts'
import { packAll, unpackAll } from '../../../../src/protocol/bytes/payload.ts'
import { revive } from '../../../../src/protocol/bytes/revive.ts'
import { sendExact } from '../../../../src/protocol/bytes/send-exact.ts'
import type { Prototypes } from '../../../../src/protocol/bytes/prototypes.ts'
import { Leaf, Node, Secret, declared, difference, graphOf, plans } from './declared-graphs.ts'

type Sent = readonly [value: unknown, prototypes: Prototypes | undefined]

const ways: Readonly<Record<string, (value: unknown) => Sent>> = {
  'as a state': (value) => {
    const destination = declaring(NEXT_VERSION, declared)
    const refusal = { code: 'UNCLONEABLE_STATE', root: 'state', destination } as const
    return sendExact(value, refusal, (prototypes, sent) => {
      return unpackAll(packAll([sent, prototypes]), 2) as unknown as Sent
    })
  },
  'as a message': (value) => {
    const destination = declaring(ANOTHER_THREAD, declared)
    const refusal = { code: 'UNCLONEABLE_ARGUMENT', root: 'payload', destination } as const
    return sendExact(value, refusal, (prototypes, sent) => structuredClone([sent, prototypes]))
  },
}

/** A value as it arrives where `by` is declared. */
function arrived(value: unknown, send: (value: unknown) => Sent, by = declared): unknown {
  const [sent, prototypes] = send(value)
  return revive(sent, prototypes, by, 'value')
}

describe.each(Object.entries(ways))('%s', (_way, send) => {
  test('a graph with declared values is what arrives, and the original stays as it was', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const value = graphOf(plan)
        expect(difference(value, arrived(value, send))).toBeUndefined()
        expect(difference(value, graphOf(plan))).toBeUndefined()
      }),
      { numRuns: 2000 },
    )
  })

  test('a frozen one, too', () => {
    const node = new Node()
    node.next = Object.freeze({ secret: new Secret(7), list: Object.freeze([node]) })
    Object.freeze(node)
    expect(difference(node, arrived(node, send))).toBeUndefined()
  })

  test('the class that arrives is the one of that name, and its accessors do not hide fields', () => {
    class Other {
      get next(): string {
        return 'computed'
      }
    }
    const node = new Node()
    node.next = 5
    const other = arrived(node, send, new Declared('2.0.0', { Node: Other }, {}))
    expect(other).toBeInstanceOf(Other)
    expect((other as Node).next).toBe(5)
  })

  test('a field of a class that is no data is refused', () => {
    const hidden = Object.defineProperty(new Leaf(), 'hidden', { value: 1 })
    const marked = Object.assign(new Leaf(), { [Symbol('mark')]: 1 })
    const computed = Object.defineProperty(new Leaf(), 'late', { get: () => 1, enumerable: true })
    class Twig extends Leaf {}
    for (const each of [
      hidden,
      marked,
      computed,
      new Twig(),
      Object.setPrototypeOf(new Map(), Leaf.prototype),
    ])
      expect(() => arrived([each], send)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^UNCLONEABLE/) as unknown }),
      )
  })
})

describe('a codec', () => {
  const broken = (codec: Partial<Record<'is' | 'encode' | 'decode', () => unknown>>): Declared => {
    const written = {
      is: (value: unknown) => value instanceof Secret,
      encode: () => 1,
      decode: () => 1,
    }
    return new Declared('1.0.0', {}, { secret: { ...written, ...codec } })
  }
  const sendBy =
    (by: Declared) =>
    (value: unknown): Sent => {
      const destination = declaring(ANOTHER_THREAD, by)
      const refusal = { code: 'UNCLONEABLE_ARGUMENT', root: 'payload', destination } as const
      return sendExact(value, refusal, (prototypes, sent) => structuredClone([sent, prototypes]))
    }
  const no = (): unknown => {
    throw new RangeError('no')
  }
  const failing: readonly (readonly ['is' | 'encode' | 'decode', () => unknown, string])[] = [
    ['is', no, 'payload.a[0]: is of the codec secret threw: no'],
    ['encode', no, 'payload.a[0]: encode of the codec secret threw: no'],
    [
      'encode',
      () => undefined,
      'encode of the codec secret returned undefined: is a return missing?',
    ],
    ['encode', () => ({ on: () => 1 }), 'returned what is no data: its result.on is a function'],
    ['encode', async () => 1, 'returned what is no data'],
    ['encode', () => [new Secret(1)], 'returned what is no data'],
    ['decode', no, 'value.a[0]: decode of the codec secret threw: no'],
    ['decode', () => undefined, 'decode of the codec secret returned undefined'],
    ['decode', async () => 1, 'decode of the codec secret returned a promise'],
  ]

  test.each(failing)(
    'whose %s fails is told by its name and by the path',
    (step, fails, message) => {
      const by = broken({ [step]: fails })
      const run = (): unknown => arrived({ a: [new Secret(1)] }, sendBy(by), by)
      expect(run).toThrow(
        expect.objectContaining({
          code: 'CODEC_FAILED',
          path: expect.stringMatching(/^(payload|value)\.a\[0\]$/) as unknown,
        }),
      )
      expect(run).toThrow(message)
    },
  )

  test('is asked in its turn, behind classes, and of no data', () => {
    const asked: unknown[] = []
    const first = {
      is: (value: unknown) => (asked.push(value), false),
      encode: () => 1,
      decode: () => 1,
    }
    const all = { is: () => true, encode: () => 'all', decode: (data: unknown) => data }
    const by = new Declared('1.0.0', { Node }, { first, all, later: first })
    const other = new Secret(1)
    const [node, rest] = arrived(
      [new Node(), [{}, other, new Date(1)]],
      sendBy(by),
      by,
    ) as unknown[]
    expect(node).toBeInstanceOf(Node)
    expect(rest).toEqual([{}, 'all', new Date(1)])
    expect(asked).toEqual([other])
  })

  test('may change its type where it arrives, also as the whole of the value', () => {
    const by = broken({ encode: () => 'text' })
    const text = { is: () => false, encode: () => 1, decode: (data: unknown) => data }
    expect(arrived(new Secret(1), sendBy(by), new Declared('2', {}, { secret: text }))).toBe('text')
  })

  test.each([
    [new Node(), 'class', 'Node'],
    [new Secret(1), 'codec', 'secret'],
  ])('and a class, is missing where nothing is declared: %#', (value, kind, name) => {
    const send = (): unknown =>
      arrived({ a: [value] }, ways['as a message']!, new Declared('2.0.0', {}, {}))
    expect(send).toThrow(expect.objectContaining({ code: 'NOT_DECLARED', path: 'value.a[0]' }))
    expect(send).toThrow(`and 2.0.0 declares no ${kind} of this name`)
    expect(send).toThrow(name)
  })
})
