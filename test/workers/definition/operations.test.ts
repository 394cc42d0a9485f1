import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { ProcessContext } from '../../../src/protocol/definition/context.ts'
import { isMoultError } from '../../../src/protocol/errors.ts'
import { Version } from '../../../workers/state/version.ts'

const context = {} as ProcessContext
const base = { version: '2', init: () => ({}) }

interface Log {
  seen: unknown[]
}

/** Runs the operation at a number on a state, as a host does, and says what was thrown. */
function run(version: Version, number: number, payload: unknown, state: unknown = {}): unknown {
  return version.operation(number).handler(state, payload, context)
}

async function thrown(work: () => unknown): Promise<unknown> {
  return Promise.resolve()
    .then(work)
    .then(
      () => undefined,
      (error: unknown) => error,
    )
}

describe('schemas of a message', () => {
  const echo = (state: Log, payload: unknown): unknown => {
    state.seen.push(payload)
    return payload
  }
  const version = new Version({
    ...base,
    calls: { plain: echo, trimmed: echo, late: echo, replied: echo, both: echo },
    casts: { put: echo },
    schemas: {
      calls: {
        trimmed: { payload: z.string().trim() },
        late: {
          payload: v.pipeAsync(
            v.string(),
            v.checkAsync((text) => Promise.resolve(text !== 'no')),
          ),
        },
        replied: { reply: z.number() },
        both: { payload: z.coerce.number(), reply: z.number().transform((n) => n * 2) },
      },
      casts: { put: { payload: z.number() } },
    },
  })
  const [plain, trimmed, late, replied, both, put] = [0, 1, 2, 3, 4, 5]

  test('the handler gets what the schema made of the payload, the caller what it made of the reply', () => {
    const state: Log = { seen: [] }
    expect(run(version, trimmed, ' a ', state)).toBe('a')
    expect(run(version, both, '21', state)).toBe(42)
    expect(state.seen).toEqual(['a', 21])
  })

  test('what does not fit is not handled', async () => {
    const state: Log = { seen: [] }
    expect(await thrown(() => run(version, trimmed, 5, state))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      path: 'payload',
    })
    expect(await thrown(() => run(version, late, 'no', state))).toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    expect(await thrown(() => run(version, put, 'x', state))).toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    expect(state.seen).toEqual([])
  })

  test('a reply that does not fit was handled', async () => {
    const state: Log = { seen: [] }
    expect(await thrown(() => run(version, replied, 'x', state))).toMatchObject({
      code: 'INVALID_REPLY',
      path: 'reply',
    })
    expect(state.seen).toEqual(['x'])
  })

  test('only an asynchronous schema makes a promise', async () => {
    const state: Log = { seen: [] }
    expect(run(version, plain, 1, state)).toBe(1)
    const pending = run(version, late, 'yes', state)
    expect(pending).toBeInstanceOf(Promise)
    expect(state.seen).toEqual([1])
    expect(await pending).toBe('yes')
  })

  test('accept checks like the handler, and handles nothing', async () => {
    const accept = (number: number, payload: unknown): unknown =>
      version.operation(number).accept(payload)
    expect([
      accept(plain, 1),
      accept(trimmed, ' a'),
      accept(both, '3'),
      accept(replied, 'x'),
    ]).toEqual([1, 'a', 3, 'x'])
    expect(await accept(late, 'yes')).toBe('yes')
    expect(await thrown(() => accept(late, 'no'))).toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(await thrown(() => accept(put, 'x'))).toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  test('a call of a name that every object has gets no schema by accident', () => {
    const calls = { toString: echo, constructor: echo, hasOwnProperty: echo }
    const bare = new Version({ ...base, calls, schemas: { calls: {} } })
    const state: Log = { seen: [] }
    expect([0, 1, 2].map((number) => run(bare, number, number, state))).toEqual([0, 1, 2])
  })
})

describe('an upcast', () => {
  const boom = new RangeError('boom')
  const made: Record<string, (payload: never) => unknown> = {
    renamed: (payload) => ({ name: 'get', payload: [payload] }),
    throws: () => {
      throw boom
    },
    unknown: () => ({ name: 'gone' }),
    toCast: () => ({ name: 'put' }),
    inherited: () => ({ name: 'toString' }),
    checked: (payload) => ({ name: 'strict', payload }),
  }
  const garbage: Record<string, () => unknown> = {
    nothing: () => undefined,
    nil: () => null,
    text: () => 'get',
    list: () => ['get'],
    noName: () => ({ payload: 1 }),
    numberName: () => ({ name: 1 }),
    later: () => Promise.resolve({ name: 'get' }),
    rejected: () => Promise.reject(boom),
    thenable: () => ({ name: 'get', then: () => undefined }),
    symbol: () => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error
      throw Symbol('s')
    },
  }
  const definition = {
    ...base,
    calls: {
      get: (_state: unknown, payload: unknown) => ['got', payload],
      strict: (_: unknown, n: number) => n,
    },
    casts: { put: () => undefined },
    schemas: { calls: { strict: { payload: z.number() } } },
    upcast: { '1': { calls: { ...made, ...garbage }, casts: { toCall: () => ({ name: 'get' }) } } },
  }
  const version = new Version(definition)
  const numberOf = (name: string): number => {
    return 3 + version.contract.upcasts.findIndex((each) => each.name === name)
  }

  test('translates name and payload, for the handler and for the audit', () => {
    expect(run(version, numberOf('renamed'), 5)).toEqual(['got', [5]])
    expect(version.operation(numberOf('renamed')).accept(5)).toEqual([5])
    expect(version.operation(numberOf('renamed')).kind).toBe('call')
  })

  test('its result is checked by the schema of the message it names', async () => {
    expect(run(version, numberOf('checked'), 5)).toBe(5)
    const refused = { code: 'INVALID_ARGUMENT', path: 'payload' }
    expect(await thrown(() => run(version, numberOf('checked'), 'x'))).toMatchObject(refused)
    const accept = (): unknown => version.operation(numberOf('checked')).accept('x')
    expect(await thrown(accept)).toMatchObject(refused)
  })

  test.each<[string, object]>([
    ['throws', { cause: boom, message: 'upcast of throws from 1 threw: boom' }],
    ['unknown', { received: 'gone', expected: 'the name of a call' }],
    ['toCast', { received: 'put', expected: 'the name of a call' }],
    ['inherited', { received: 'toString' }],
    ['toCall', { received: 'get', expected: 'the name of a cast' }],
    ...Object.keys(garbage).map((name) => [name, {}] as [string, object]),
  ])('%s is UPCAST_FAILED, both when it is tried and when it counts', async (name, details) => {
    const operation = version.operation(numberOf(name))
    const failed = { code: 'UPCAST_FAILED', ...details }
    expect(await thrown(() => run(version, numberOf(name), 1))).toMatchObject(failed)
    expect(await thrown(() => operation.accept(1))).toMatchObject(failed)
  })

  test('whatever it returns: the message is handled, or the error has the code', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything({ withNullPrototype: true }), async (answer) => {
        const upcast = { '1': { calls: { any: () => answer } } }
        const error = await thrown(() => run(new Version({ ...definition, upcast }), 3, 1))
        expect(error === undefined || isMoultError(error)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
