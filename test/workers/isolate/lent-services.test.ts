import { proxy, transfer, transferHandlers } from 'comlink'
import { once } from 'node:events'
import { inspect } from 'node:util'
import { MessageChannel } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isMoultError } from '../../../src/protocol/errors.ts'
import { lend } from '../../support/lent.ts'
import type { Loose } from '../../support/lent.ts'

const db = { limit: 5, count: (by = 1) => 3 * by, files: { read: () => 'secret' } }
const services = { db, now: () => 42 }

interface Open {
  [name: string]: unknown
}

const open = (lent: unknown): Open => lent as Open
const made = (lent: unknown, ...args: unknown[]): unknown =>
  Reflect.construct(lent as () => unknown, args)

/** What is tried on services, and what it says of it. */
const refused: readonly (readonly [string, (lent: Loose) => unknown])[] = [
  ['services.db.limit is no function', (lent) => lent['db']?.['limit']],
  ['services.db.nothing is no function', (lent) => lent['db']?.['nothing']?.()],
  ['services.db.files is no function', (lent) => lent['db']?.['files']?.['read']?.()],
  ["no service 'nothing'", (lent) => lent['nothing']],
  ["no service 'nou' (did you mean 'now'?)", (lent) => lent['nou']],
  ...['constructor', '__proto__', 'prototype', 'hasOwnProperty', 'valueOf'].flatMap(
    (name): [string, (lent: Loose) => unknown][] => [
      [`'${name}'`, (lent) => lent[name]],
      [`services.db.${name}`, (lent) => lent['db']?.[name]],
      [`services.db.count.${name}`, (lent) => lent['db']?.['count']?.[name]],
      [`services.now.${name}`, (lent) => lent['now']?.[name]],
    ],
  ),
  ['an assignment to db', (lent) => (open(lent)['db'] = null)],
  ['an assignment to limit', (lent) => (open(lent['db'])['limit'] = 9)],
  ['an assignment to count', (lent) => (open(lent['db'])['count'] = () => 9)],
  ['an assignment to __proto__', (lent) => (open(lent['db'])['__proto__'] = {})],
  ['an assignment to x', (lent) => (open(lent['now'])['x'] = 1)],
  ['a deletion of count', (lent) => delete open(lent['db'])['count']],
  ['a definition of x', (lent) => Object.defineProperty(lent['db'], 'x', { value: 1 })],
  ['another prototype', (lent) => Object.setPrototypeOf(lent['db'], {}) as unknown],
  ['but got new', (lent) => made(lent['now'])],
  ['but got new', (lent) => made(lent['db']?.['count'])],
  ['services.db.count.constructor', (lent) => made(lent['db']?.['count']?.['constructor'], 'x')],
]

test.each(refused)('%s: is refused with a code, and main is as it was', async (text, attempt) => {
  const lent = lend(services)
  const before = inspect(services)
  let error: unknown
  try {
    await attempt(lent)
  } catch (thrown) {
    error = thrown
  }
  expect(isMoultError(error, 'UNKNOWN_SERVICE')).toBe(true)
  expect((error as Error).message).toContain(text)
  expect(inspect(services)).toBe(before)
  expect(await lent['db']?.['count']?.()).toBe(3)
})

test('each way to call a function calls it', async () => {
  const lent = lend(services)
  const count = lent['db']?.['count'] as unknown as (by?: number) => Promise<number>
  const calls = [
    count(2),
    count.call(undefined, 2),
    count.apply(undefined, [2]),
    count.bind(0, 2)(),
  ]
  expect(await Promise.all(calls)).toEqual([6, 6, 6, 6])
  expect([count.name, await (lent['now'] as Loose)()]).toEqual(['count', 42])
})

describe('services are printed', () => {
  const all = 'services { db, now }'
  const one = 'services.db { count }'

  test.each<[string, (lent: Loose) => unknown, unknown]>([
    ['by console.log', (lent) => inspect(lent), all],
    ['within an object', (lent) => inspect({ a: { lent } }), `{ a: { lent: ${all} } }`],
    [
      'with their proxies',
      (lent) => inspect(lent, { showProxy: true }),
      expect.stringContaining(all),
    ],
    ['one of them', (lent) => inspect(lent['db']), one],
    ['a function', (lent) => inspect(lent['db']?.['count']), 'services.db.count()'],
    ['in a text', (lent) => `${String(lent)} ${String(lent['db'])}`, `${all} ${one}`],
    ['a function in a text', (lent) => String(lent['now']), 'services.now()'],
    [
      'as JSON',
      (lent) => JSON.stringify({ lent }),
      '{"lent":{"db":{"count":"services.db.count()"},"now":"services.now()"}}',
    ],
    [
      'by their names',
      (lent) => [Object.keys(lent), Object.keys(lent['db'] as object)],
      [['db', 'now'], ['count']],
    ],
    [
      'spread',
      (lent) => Object.keys({ ...open(lent), ...open(lent['db']) }),
      ['db', 'now', 'count'],
    ],
    [
      'asked for a name',
      (lent) => ['db' in lent, 'x' in lent, 'constructor' in lent],
      [true, false, false],
    ],
  ])('%s', (_how, print, expected) => {
    expect(print(lend(services))).toEqual(expected)
  })
})

test('they may be awaited, frozen and given by an async function', async () => {
  const lent = lend(services)
  expect((await Promise.resolve(lent)) === lent).toBe(true)
  expect(Object.freeze(lent) === lent).toBe(true)
})

class Point {
  readonly x: number
  constructor(x: number) {
    this.x = x
  }
}

describe('of Comlink', () => {
  const given = {
    double: (point: Point) => new Point(2 * point.x),
    bytes: (size: number) => {
      const bytes = new Uint8Array(size)
      made = bytes
      return transfer(bytes, [bytes.buffer])
    },
    size: ({ byteLength }: Uint8Array) => byteLength,
    proxy: () => proxy({ on: 1 }),
  }
  let made: Uint8Array | undefined

  test('transfer() moves arguments and results', async () => {
    const lent = lend(given)
    expect(await lent['bytes']?.(4)).toEqual(new Uint8Array(4))
    const bytes = new Uint8Array(3)
    expect(await lent['size']?.(transfer(bytes, [bytes.buffer]))).toBe(3)
    expect([made?.byteLength, bytes.byteLength]).toEqual([0, 0])
  })

  test('transfer handlers write and read arguments and results', async () => {
    const isPoint = (value: unknown): value is Point => value instanceof Point
    transferHandlers.set('point', {
      canHandle: isPoint,
      serialize: (point) => [(point as Point).x, []],
      deserialize: (x) => new Point(x as number),
    })
    onTestFinished(() => void transferHandlers.delete('point'))
    expect(await lend(given)['double']?.(new Point(3))).toEqual(new Point(6))
  })

  test('proxy() is refused before it makes a port', async () => {
    const lent = lend(given)
    const open = (): number =>
      process.getActiveResourcesInfo().filter((kind) => kind === 'MessagePort').length
    const before = open()
    const refused = [lent['proxy']?.(), lent['size']?.(proxy({ on: 1 }))].map((each) =>
      Promise.resolve(each),
    )
    expect(await Promise.allSettled(refused)).toMatchObject([
      { reason: { code: 'UNCLONEABLE_REPLY', path: 'services.proxy: result' } },
      { reason: { code: 'UNCLONEABLE_ARGUMENT', path: 'services.size: arguments[0]' } },
    ])
    expect(open()).toBe(before)
  })

  test('ports that a handler has made are closed where the value does not cross', async () => {
    const ports: MessagePort[] = []
    transferHandlers.set('point', {
      canHandle: (value): value is Point => value instanceof Point,
      serialize: () => {
        const { port1, port2 } = new MessageChannel()
        ports.push(port1)
        return [port2, [port2] as never]
      },
      deserialize: (port) => port,
    })
    onTestFinished(() => void transferHandlers.delete('point'))
    const lent = lend(given)
    const refused = lent['size']?.(new Point(1), () => 1)
    await expect(refused).rejects.toMatchObject({ code: 'UNCLONEABLE_ARGUMENT' })
    await once(ports[0]!, 'close')
  })
})

describe('what cannot cross is refused with its path', () => {
  const loop = (): unknown => 1
  const given = { take: () => 1, give: () => ({ rows: [loop] }), class: () => new WeakMap() }
  const deep = (levels: number): unknown => {
    let value: unknown = {}
    for (let level = 0; level < levels; level++) value = { value }
    return value
  }

  test.each<[string, (lent: Loose) => unknown, string]>([
    [
      'UNCLONEABLE_ARGUMENT',
      (lent) => lent['take']?.(1, { on: loop }),
      'services.take: arguments[1].on',
    ],
    ['UNCLONEABLE_ARGUMENT', (lent) => lent['take']?.(lent), 'services.take: arguments[0]'],
    ['UNCLONEABLE_ARGUMENT', (lent) => lent['take']?.(Symbol('x')), 'services.take: arguments[0]'],
    ['UNCLONEABLE_REPLY', (lent) => lent['give']?.(), 'services.give: result.rows[0]'],
    ['UNCLONEABLE_REPLY', (lent) => lent['class']?.(), 'services.class: result'],
  ])('%s', async (code, call, path) => {
    const lent = lend(given)
    const error: unknown = await Promise.resolve(call(lent)).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'MoultError', code, path })
    expect(await lent['take']?.()).toBe(1)
  })

  test('nested too deeply it is refused too, and what is under way is answered', async () => {
    const lent = lend(given)
    const replies = [
      lent['take']?.(),
      lent['take']?.(deep(100_000)),
      lent['take']?.(),
      lent['take']?.(() => 1),
    ]
    const ends = await Promise.allSettled(replies.map((reply) => Promise.resolve(reply)))
    const refusal = { status: 'rejected', reason: { code: 'UNCLONEABLE_ARGUMENT' } }
    const fulfilled = { status: 'fulfilled', value: 1 }
    expect(ends).toMatchObject([fulfilled, refusal, fulfilled, refusal])
  })
})
