import { type } from 'arktype'
import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { isMoultError } from '../../../src/protocol/errors.ts'
import { looseDefinition } from '../../../workers/definition/loose-definition.ts'
import { Version } from '../../../workers/state/version.ts'

const handler = (): number => 1
const good = { version: '1', init: () => ({}), calls: { get: handler }, casts: { set: handler } }
const schema = z.number()

const wrong: [path: string, field: object, received?: string][] = [
  ['calls', { calls: new Map([['get', handler]]) }, 'an instance of Map'],
  [
    'calls',
    {
      calls: new (class Calls {
        get = handler
      })(),
    },
    'an instance of Calls',
  ],
  ['calls', { calls: Object.create({ get: handler }) as object }],
  ['casts', { casts: new Map() }, 'an instance of Map'],
  ['calls', { calls: { [Symbol('get')]: handler } }, 'the symbol Symbol(get)'],
  ['codeChange', { codeChange: { [Symbol('0')]: 'unchanged' } }, 'the symbol Symbol(0)'],
  ['codeChange', { codeChange: new Map() }, 'an instance of Map'],
  ['downgrade', { downgrade: new Set() }, 'an instance of Set'],
  ['tables', { tables: new Map() }, 'an instance of Map'],
  ['upcast', { upcast: new Map() }, 'an instance of Map'],
  ['the definition', { call: { get: handler } }, 'the string "call"'],
  ['onLoad', { onLoad: 'start' }],
  ['onLoad', { onLoad: null }, 'null'],
  ['onLoad', { onLoad: {} }],
  ['schemas', { schemas: null }, 'null'],
  ['schemas', { schemas: [schema] }, 'an array'],
  ['schemas', { schemas: handler }],
  ['schemas', { schemas: { states: schema } }, 'the string "states"'],
  ['schemas.state', { schemas: { state: null } }, 'null'],
  ['schemas.state', { schemas: { state: {} } }, 'an object'],
  ['schemas.state', { schemas: { state: handler } }],
  ['schemas.state', { schemas: { state: 'number' } }],
  ['schemas.state', { schemas: { state: { '~standard': 1 } } }],
  ['schemas.state', { schemas: { state: { '~standard': null } } }],
  ['schemas.state', { schemas: { state: { '~standard': { version: 1, validate: 'yes' } } } }],
  ['schemas.calls', { schemas: { calls: null } }, 'null'],
  ['schemas.calls', { schemas: { calls: handler } }],
  ['schemas.calls["get"]', { schemas: { calls: { get: null } } }, 'null'],
  ['schemas.calls["get"]', { schemas: { calls: { get: schema } } }],
  ['schemas.calls["get"]', { schemas: { calls: { get: { args: schema } } } }, 'the string "args"'],
  ['schemas.calls["get"]["payload"]', { schemas: { calls: { get: { payload: Number } } } }],
  ['schemas.calls["get"]["reply"]', { schemas: { calls: { get: { reply: 'number' } } } }],
  ['schemas.calls["gone"]', { schemas: { calls: { gone: { payload: schema } } } }],
  ['schemas.calls["set"]', { schemas: { calls: { set: { payload: schema } } } }],
  ['schemas.calls["toString"]', { schemas: { calls: { toString: { payload: schema } } } }],
  ['schemas.casts["get"]', { schemas: { casts: { get: { payload: schema } } } }],
  [
    'schemas.casts["set"]',
    { schemas: { casts: { set: { reply: schema } } } },
    'the string "reply"',
  ],
  ['upcast', { upcast: null }, 'null'],
  ['upcast', { upcast: handler }],
  ['upcast["0"]', { upcast: { '0': handler } }],
  ['upcast["0"]', { upcast: { '0': null } }, 'null'],
  ['upcast["0"]', { upcast: { '0': { get: handler } } }, 'the string "get"'],
  ['upcast["0"].calls', { upcast: { '0': { calls: null } } }, 'null'],
  ['upcast["0"].casts', { upcast: { '0': { casts: [handler] } } }, 'an array'],
  ['upcast["0"].calls["get"]', { upcast: { '0': { calls: { get: 'get' } } } }],
  ['upcast["0"].casts["a b"]', { upcast: { '0': { casts: { 'a b': undefined } } } }, 'undefined'],
]

test.each(wrong)('%s is named in the refusal of %o', (path, field, received) => {
  const refused = expect.objectContaining({
    code: 'NOT_A_DEFINITION',
    path,
    expected: expect.any(String) as string,
    ...(received !== undefined && { received }),
  }) as Error
  expect(() => looseDefinition({ ...good, ...field })).toThrow(refused)
})

test.each([
  [{ call: {} }, 'calls'],
  [{ codechange: {} }, 'codeChange'],
  [{ schemas: { sate: schema } }, 'state'],
  [{ schemas: { calls: { get: { replly: schema } } } }, 'reply'],
  [{ upcast: { '0': { cals: {} } } }, 'calls'],
  [{ codeChange: { '0': { table: {} } } }, 'tables'],
])('a misspelt field is told the one that was meant: %o', (field, meant) => {
  const message = expect.stringContaining(`(did you mean '${meant}'?)`) as string
  const refused = expect.objectContaining({ code: 'NOT_A_DEFINITION', message }) as Error
  expect(() => looseDefinition({ ...good, ...field })).toThrow(refused)
})

test('handlers may be a module, or have no prototype', () => {
  const bare = Object.assign(Object.create(null) as object, { get: handler })
  expect(looseDefinition({ ...good, calls: bare }).calls).toBe(bare)
})

test('schemas of every library are schemas, and parts may be left out', () => {
  const schemas = {
    state: type({ n: 'number' }),
    calls: { get: { payload: v.number(), reply: z.string() } },
    casts: { set: {} },
  }
  expect(looseDefinition({ ...good, schemas }).schemas).toBe(schemas)
  for (const left of [{}, { calls: {} }, { state: undefined, calls: undefined }]) {
    expect(looseDefinition({ ...good, schemas: left }).schemas).toBe(left)
  }
  const upcast = { '0': {}, '0.1': { calls: undefined, casts: { old: handler } } }
  expect(looseDefinition({ ...good, upcast, onLoad: undefined }).upcast).toBe(upcast)
})

test('the contract names the upcasts, and says whether payloads are checked', () => {
  const upcast = {
    '0.2': { calls: { get: handler }, casts: { put: handler } },
    '0.1': { casts: { put: handler } },
  }
  const { contract } = new Version({
    ...good,
    upcast,
    schemas: { calls: { get: { reply: schema } } },
  })
  expect(contract.checksPayloads).toBe(false)
  expect(contract.upcasts).toEqual([
    { from: '0.2', kind: 'call', name: 'get' },
    { from: '0.2', kind: 'cast', name: 'put' },
    { from: '0.1', kind: 'cast', name: 'put' },
  ])
  for (const field of ['calls', 'casts'] as const) {
    const name = field === 'calls' ? 'get' : 'set'
    const checked = { ...good, schemas: { [field]: { [name]: { payload: schema } } } }
    expect(new Version(checked).contract.checksPayloads).toBe(true)
  }
})

test('whatever stands in the fields: a version comes out, or a refusal that names one of them', () => {
  const fields = fc.record(
    { schemas: fc.anything(), upcast: fc.anything(), onLoad: fc.anything() },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fields, (some) => {
      try {
        new Version({ ...good, ...some })
      } catch (error) {
        expect(isMoultError(error, 'NOT_A_DEFINITION')).toBe(true)
        expect(error).toHaveProperty('path', expect.stringMatching(/^(schemas|upcast|onLoad)/))
      }
    }),
    { numRuns: 1000 },
  )
})
