import { once } from 'node:events'
import type { MessagePort } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { LentFunctions } from '../../../src/isolates/lent-functions.ts'
import { lendTo } from '../../support/lent.ts'

class Store {
  readonly limit = 5
  readonly #rows = ['tea']
  count(): number {
    return this.#rows.length
  }
}

class LoggedStore extends Store {
  get secret(): () => string {
    return () => 'secret'
  }
  log(text: string): string {
    return text
  }
}

const services = {
  db: { limit: 5, count: () => 3, files: { read: () => 'secret' } },
  now: () => 42,
  store: new LoggedStore(),
}

/** What main answers to what a thread posts, behind which a lent function is called. */
async function answers(port: MessagePort, ...posts: readonly unknown[]): Promise<unknown[]> {
  const heard: unknown[] = []
  port.on('message', (answer) => heard.push(answer))
  for (const post of posts) port.postMessage(post)
  port.postMessage([1000, 'now', undefined, []])
  while (!heard.some((each) => (each as { number: number }).number === 1000)) {
    await once(port, 'message')
  }
  return heard.slice(0, -1)
}

const names = ['constructor', '__proto__', 'prototype', 'toString', 'hasOwnProperty', 'valueOf']
const reflective = [...names, '__defineGetter__', 'apply', 'bind', 'call', 'then', 'files', 'limit']
const paths: [string, string | undefined][] = [
  ...reflective.flatMap((name): [string, string | undefined][] => [
    [name, undefined],
    [name, 'constructor'],
    ['db', name],
    ['now', name],
    ['store', name],
  ]),
  ['db', undefined],
  ['store', undefined],
  ['store', 'secret'],
  ['store', '#rows'],
  ['', ''],
]

test.each(paths)('a thread that asks for %s, %s is refused', async (service, name) => {
  const [answer] = await answers(lendTo(services), [1, service, name, ['globalThis.hit = 1']])
  expect(answer).toMatchObject({
    number: 1,
    threw: true,
    value: { fields: { code: 'UNKNOWN_SERVICE' } },
  })
})

/** What Comlink's `expose` would have taken. */
const ofComlink = ['GET', 'SET', 'APPLY', 'CONSTRUCT', 'ENDPOINT', 'RELEASE'].flatMap((type) =>
  [[], ['db'], ['db', 'limit'], ['db', 'count'], ['constructor'], ['__proto__', 'x']].map(
    (path) => {
      const value = { type: 'RAW', value: 9 }
      return { id: '1', type, path, value, argumentList: [value] }
    },
  ),
)

const malformed = [
  null,
  undefined,
  'text',
  {},
  [],
  [1],
  ['1', 'db', 'count', []],
  [1, 'db', 'count'],
  [1, ['db'], 'count', []],
  [1, 'db', ['count'], []],
  [1, 'db', { toString: 'count' }, []],
  [1, 'db', 'count', { length: 1 }],
  [1, 'db', 'count', [], 'point'],
  [NaN, 'db', 'count', []],
]

test.each([...ofComlink, ...malformed])('%o is no call and goes nowhere', async (message) => {
  const before = JSON.stringify(services)
  expect(await answers(lendTo(services), message)).toEqual([])
  expect(JSON.stringify(services)).toBe(before)
  expect(Object.keys(Object.prototype)).toEqual([])
})

test('a handler of Comlink’s own reads no argument on main', async () => {
  const calls = ['proxy', 'throw', 'none'].map((handler, at) => [
    at,
    'now',
    undefined,
    [1],
    [handler],
  ])
  const refused = { threw: true, value: { fields: { code: 'UNCLONEABLE_ARGUMENT' } } }
  expect(await answers(lendTo(services), ...calls)).toMatchObject([refused, refused, refused])
})

test.each([
  5,
  null,
  'text',
  {},
  { buffers: 1, bare: [] },
  { buffers: [1, {}, null, []], bare: [1, null, [], new Map()] },
])('lists of prototypes that nothing has made do no harm: %o', async (prototypes) => {
  const call = [1, 'now', undefined, [], undefined, prototypes]
  expect(await answers(lendTo(services), call)).toMatchObject([{ threw: false, value: 42 }])
})

describe('what is lent', () => {
  test('is functions: own ones, and those of the classes of an instance', () => {
    const lent = new LentFunctions(services)
    expect(lent.names).toEqual([
      ['db', ['count']],
      ['now', undefined],
      ['store', ['log', 'count']],
    ])
  })

  test('is called with its service as `this`, a service that is a function without any', async () => {
    const port = lendTo({
      ...services,
      bare: function (this: unknown) {
        return this === undefined
      },
    })
    expect(
      await answers(port, [1, 'store', 'count', []], [2, 'bare', undefined, []]),
    ).toMatchObject([{ value: 1 }, { value: true }])
  })

  test('does not grow with the prototype of all objects', async () => {
    const everywhere = Object.prototype as { evil?: () => string }
    everywhere.evil = () => 'reached'
    try {
      const port = lendTo(services)
      const calls = ['db', 'store', 'now', 'evil'].map((service, at) => [at, service, 'evil', []])
      const refused = { threw: true, value: { fields: { code: 'UNKNOWN_SERVICE' } } }
      const heard = await answers(port, ...calls)
      expect(heard).toMatchObject([refused, refused, refused, refused])
    } finally {
      delete everywhere.evil
    }
  })

  test('may be replaced by another function, not by anything else', async () => {
    const own: { db: { count: unknown } } = { db: { count: () => 1 } }
    const port = lendTo({ ...services, ...own })
    own.db.count = () => 2
    expect(await answers(port, [1, 'db', 'count', []])).toMatchObject([{ value: 2 }])
    own.db.count = 3
    expect(await answers(port, [2, 'db', 'count', []])).toMatchObject([{ threw: true }])
  })
})
