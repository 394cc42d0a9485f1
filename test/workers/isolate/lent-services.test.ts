import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
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
    ['spread', (lent) => Object.keys({ ...open(lent), ...open(lent['db']) }), ['db', 'now', 'count']],
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
