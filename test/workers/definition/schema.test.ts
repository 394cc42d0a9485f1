import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type } from 'arktype'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { isMoultError } from '../../../src/protocol/errors.ts'
import type { MoultError } from '../../../src/protocol/errors.ts'
import { validated } from '../../../workers/definition/schema.ts'
import type { Check } from '../../../workers/definition/schema.ts'

const payload: Check = { code: 'INVALID_ARGUMENT', root: 'payload' }
const checks: readonly Check[] = [
  payload,
  { code: 'INVALID_REPLY', root: 'reply' },
  { code: 'INVALID_STATE', root: 'state' },
]

/** A schema that does what it is told. */
function schemaOf(validate: (value: unknown) => unknown): StandardSchemaV1 {
  const standard = { version: 1, vendor: 'test', validate }
  return { '~standard': standard } as unknown as StandardSchemaV1
}

async function refusal(
  schema: StandardSchemaV1,
  value: unknown,
  check = payload,
): Promise<MoultError> {
  const error: unknown = await Promise.resolve()
    .then(() => validated(schema, value, check))
    .then(
      () => new Error('it was accepted'),
      (thrown: unknown) => thrown,
    )
  if (!isMoultError(error)) throw error
  expect(error.code).toBe(check.code)
  return error
}

/** The same contract in three libraries. */
const orders = {
  zod: z.object({ items: z.array(z.object({ price: z.number().min(0) })), note: z.string() }),
  valibot: v.object({
    items: v.array(v.object({ price: v.pipe(v.number(), v.minValue(0)) })),
    note: v.string(),
  }),
  arktype: type({ items: type({ price: 'number >= 0' }).array(), note: 'string' }),
} as const

describe.each(Object.entries(orders))('%s', (_library, schema) => {
  test('gives on what fits', async () => {
    const order = { items: [{ price: 1 }], note: '' }
    expect(await validated(schema, order, payload)).toEqual(order)
  })

  test('names the place of what does not', async () => {
    const error = await refusal(schema, { items: [{ price: 1 }, { price: -1 }], note: '' })
    expect(error).toMatchObject({
      path: 'payload.items[1].price',
      received: 'the number -1',
      expected: expect.any(String) as string,
    })
    expect(error.message).toBe(`payload.items[1].price is the number -1: ${error.expected!}`)
  })

  test('names the root where all of it is wrong', async () => {
    for (const check of checks) {
      expect(await refusal(schema, 7, check)).toMatchObject({
        path: check.root,
        received: 'the number 7',
      })
    }
  })

  test('accepts exactly what the model accepts', async () => {
    const price = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant('1'), fc.constant(null))
    const order = fc.record(
      { items: fc.array(fc.record({ price })), note: fc.oneof(fc.string(), fc.integer()) },
      { requiredKeys: [] },
    )
    const fits = ({ items, note }: { items?: { price: unknown }[]; note?: unknown }): boolean =>
      typeof note === 'string' &&
      items?.every((each) => typeof each.price === 'number' && each.price >= 0) === true
    await fc.assert(
      fc.asyncProperty(order, async (value) => {
        if (fits(value)) expect(await validated(schema, value, payload)).toEqual(value)
        else expect((await refusal(schema, value)).path).toMatch(/^payload(\.items|\.note)/)
      }),
    )
  })
})

test('what the schema makes of a value is given on, at once or later', async () => {
  expect(validated(z.string().trim(), ' a ', payload)).toBe('a')
  expect(validated(z.object({ n: z.number().default(5) }), {}, payload)).toEqual({ n: 5 })
  expect(validated(v.pipe(v.string(), v.transform(Number)), '7', payload)).toBe(7)
  expect(validated(type('string.numeric.parse'), '7', payload)).toBe(7)
  const later = validated(
    v.pipeAsync(
      v.string(),
      v.transformAsync((text) => Promise.resolve(text.length)),
    ),
    'four',
    payload,
  )
  expect(later).toBeInstanceOf(Promise)
  expect(await later).toBe(4)
})

test('a thenable that is no promise is waited for, and refuses like one', async () => {
  const answer = (result: unknown) => ({ then: (give: (value: unknown) => void) => give(result) })
  const good = schemaOf(() => answer({ value: 'late' }))
  expect(await validated(good, 0, payload)).toBe('late')
  const bad = schemaOf(() => answer({ issues: [{ message: 'too late' }] }))
  expect(await refusal(bad, 0)).toMatchObject({ expected: 'too late', path: 'payload' })
  const broken = schemaOf(() => ({
    then: () => {
      throw new RangeError('no then')
    },
  }))
  expect(await refusal(broken, 0)).toMatchObject({ cause: { message: 'no then' } })
})

describe('a path', () => {
  const failing = (path: unknown): StandardSchemaV1 => {
    return schemaOf(() => ({ issues: [{ message: 'no', path }] }))
  }
  const tag = Symbol('tag')
  const key = { id: 1 }
  const value = {
    list: [{ deep: 1 }],
    'a b': 2,
    [tag]: 3,
    map: new Map<unknown, unknown>([
      ['x', { y: 4 }],
      [5, 'five'],
      [key, 'by object'],
    ]),
  }

  test.each<[unknown, string, string]>([
    [['list', 0, 'deep'], 'payload.list[0].deep', 'the number 1'],
    [[{ key: 'list' }, { key: 0 }], 'payload.list[0]', 'an object'],
    [['a b'], 'payload["a b"]', 'the number 2'],
    [['__proto__'], 'payload.__proto__', 'an object'],
    [[''], 'payload[""]', 'undefined'],
    [[tag], 'payload[Symbol(tag)]', 'the number 3'],
    [['map', 'x', 'y'], 'payload.map.x.y', 'the number 4'],
    [['map', 5], 'payload.map[5]', 'the string "five"'],
    [['map', { key }], 'payload.map[an object]', 'the string "by object"'],
    [['list', 7, 'gone', 'on'], 'payload.list[7].gone.on', 'undefined'],
    [[], 'payload', 'an object'],
    [undefined, 'payload', 'an object'],
  ])('%o reads %s', async (path, text, received) => {
    expect(await refusal(failing(path), value)).toMatchObject({ path: text, received })
  })

  test('leads to what does not fit in a Map of Zod and of Valibot', async () => {
    const map = new Map([['one', 'not a number']])
    expect(await refusal(z.map(z.string(), z.number()), map)).toMatchObject({
      path: 'payload.one',
      received: 'the string "not a number"',
    })
    expect(await refusal(v.map(v.string(), v.number()), map)).toMatchObject({
      path: 'payload.one',
      received: 'the string "not a number"',
    })
  })

  test('of several issues the first is told, and how many there are', async () => {
    const schema = z.object({ a: z.number(), b: z.number(), c: z.number() })
    const error = await refusal(schema, { a: 1 })
    expect(error.path).toBe('payload.b')
    expect(error.message).toMatch(/ \(and 1 more\)$/)
    expect(
      (
        await refusal(
          schemaOf(() => ({ issues: [] })),
          1,
        )
      ).message,
    ).toBe('payload is the number 1: what the schema asks for')
  })
})

describe('a schema that is at fault itself refuses the value', () => {
  const cause = new RangeError('boom')
  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw cause
      },
    ],
    ['rejects', () => Promise.reject(cause)],
  ])('when it %s', async (_how, validate) => {
    for (const check of checks) {
      const error = await refusal(schemaOf(validate), 1, check)
      expect(error).toMatchObject({ path: check.root, cause })
      expect(error.message).toBe(`the schema of the ${check.root} threw: boom`)
    }
  })

  const garbage: unknown[] = [
    undefined,
    null,
    1,
    'value',
    true,
    [],
    {},
    { issues: 'none' },
    { issues: null },
    { issues: { length: 1 } },
    { issues: [null] },
    { issues: [{ message: 'm', path: 5 }] },
    { issues: [{ path: [{}] }] },
    { issues: [{ message: Symbol('m') }] },
  ]
  test.each(garbage.map((result) => [result]))('when it answers %o', async (result) => {
    expect(
      (
        await refusal(
          schemaOf(() => result),
          1,
        )
      ).path,
    ).toMatch(/^payload/)
    const late = schemaOf(() => Promise.resolve(result))
    expect((await refusal(late, 1)).path).toMatch(/^payload/)
  })

  test.each([
    ['a symbol', Symbol('s')],
    ['nothing', undefined],
    ['an object without a prototype', Object.create(null) as unknown],
  ])('when it throws %s', async (_what, thrown) => {
    const schema = schemaOf(() => {
      throw thrown
    })
    expect((await refusal(schema, 1)).message).toMatch(/^the schema of the payload threw: /)
  })

  test('when reading its answer, or the value, throws', async () => {
    const trap = schemaOf(() =>
      Object.defineProperty({}, 'issues', {
        get: () => {
          throw cause
        },
      }),
    )
    expect(await refusal(trap, 1)).toMatchObject({ cause })
    const value = Object.defineProperty({}, 'a', {
      get: () => {
        throw cause
      },
    })
    const schema = schemaOf(() => ({ issues: [{ message: 'no', path: ['a'] }] }))
    expect(await refusal(schema, value)).toMatchObject({ cause })
  })

  test('whatever it answers: a value comes out, or an error with the code', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.anything({ withNullPrototype: true }),
        fc.anything(),
        async (answer, value) => {
          const schema = schemaOf(() => answer)
          try {
            await validated(schema, value, payload)
          } catch (error) {
            expect(isMoultError(error, 'INVALID_ARGUMENT')).toBe(true)
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})
