import { describe, expect, test } from 'vitest'
import { READ_STATE } from '../../../src/protocol/definition/contract.ts'
import { defineProcess } from '../../../src/protocol/definition/definition.ts'
import { MoultError } from '../../../src/protocol/errors.ts'
import { enterState, leaveState } from '../../../workers/state/migrate.ts'
import { Version } from '../../../workers/state/version.ts'

const good = { version: '1.0.0', init: () => ({ count: 0 }) }
const handler = (): number => 1

function refusal(exported: unknown): MoultError {
  try {
    new Version(exported)
  } catch (error) {
    expect(error).toBeInstanceOf(MoultError)
    return error as MoultError
  }
  throw new Error('it was accepted')
}

test.each<[string, unknown]>([
  ['the default export', undefined],
  ['the default export', null],
  ['the default export', 'definition'],
  ['the default export', () => good],
  ['the default export', [good]],
  ['the default export', { __esModule: true }],
  ['the definition', { ...good, handlers: {} }],
  ['the definition', { ...good, name: 'counter' }],
  ['version', {}],
  ['version', { ...good, version: '' }],
  ['version', { ...good, version: 1 }],
  ['init', { version: '1' }],
  ['init', { ...good, init: {} }],
  ['calls', { ...good, calls: null }],
  ['calls', { ...good, calls: [handler] }],
  ['calls', { ...good, calls: handler }],
  ['calls["get"]', { ...good, calls: { get: 'get' } }],
  ['calls["get"]', { ...good, calls: { get: undefined } }],
  ['casts["set it"]', { ...good, casts: { 'set it': {} } }],
  ['casts', { ...good, calls: { same: handler }, casts: { same: handler } }],
  ['codeChange', { ...good, codeChange: 'unchanged' }],
  ['codeChange["0.9"]', { ...good, codeChange: { '0.9': true } }],
  ['codeChange["0.9"]', { ...good, codeChange: { '0.9': 'same' } }],
  ['downgrade["0.9"]', { ...good, downgrade: { '0.9': 'unchangd' } }],
  ['concurrency', { ...good, concurrency: 0 }],
  ['concurrency', { ...good, concurrency: 1.5 }],
  ['concurrency', { ...good, concurrency: Infinity }],
  ['concurrency', { ...good, concurrency: '2' }],
])('%s is named in the refusal of %o', (path, exported) => {
  const error = refusal(exported)
  expect([error.code, error.path]).toEqual(['NOT_A_DEFINITION', path])
  expect(error.message).toBe(`${path} should be ${error.expected!}, but is ${error.received!}`)
})

test('a definition that CommonJS wrapped is found', () => {
  expect(new Version({ __esModule: true, default: good }).contract.version).toBe('1.0.0')
})

test('the contract says as data what the definition can do', () => {
  const definition = defineProcess({
    version: '2',
    init: () => ({ n: 0 }),
    calls: { get: (state) => state.n, 10: handler, toString: handler },
    casts: { set: (state, n: number) => void (state.n = n) },
    codeChange: { '1': () => ({ n: 1 }), '0': 'unchanged' },
    downgrade: { '1': (state) => state },
    concurrency: 3,
  })
  const { contract } = new Version(definition)
  expect(structuredClone(contract)).toEqual({
    version: '2',
    calls: ['10', 'get', 'toString'],
    casts: ['set'],
    codeChange: { '1': 'function', '0': 'unchanged' },
    downgrade: { '1': 'function' },
    upcasts: [],
    checksPayloads: false,
    concurrency: 3,
  })
})

test('the contract says which tables a step names, and where their records go', () => {
  const tables = { cities: 'unchanged', places: { towns: handler, ruins: 'unchanged' }, cache: {} }
  const { contract } = new Version({
    version: '2',
    init: () => ({}),
    codeChange: { '1': { tables }, '0': 'unchanged' },
    downgrade: { '1': { state: (state: unknown) => state } },
  })
  expect(structuredClone(contract.tableMoves)).toEqual({
    codeChange: { '1': { cities: ['cities'], places: ['towns', 'ruins'], cache: [] }, '0': {} },
    downgrade: { '1': {} },
  })
})

test('the numbers of the contract find the handlers of the definition', () => {
  const calls = { b: () => 'b', a: () => 'a', 7: () => '7' }
  const version = new Version({ ...good, calls, casts: { c: () => 'c' } })
  const { contract } = version
  ;[...contract.calls, ...contract.casts].forEach((name, number) => {
    const operation = version.operation(number)
    expect(operation.handler(undefined, undefined, undefined as never)).toBe(name)
    expect(operation.kind).toBe(name === 'c' ? 'cast' : 'call')
  })
  expect(version.operation(READ_STATE).handler('state', 0, undefined as never)).toBe('state')
  expect(() => version.operation(4)).toThrow(RangeError)
})

describe('a migration', () => {
  const cause = new RangeError('boom')
  const version = new Version({
    ...good,
    codeChange: {
      '1': (old: number, change: unknown) => [old, change],
      throws: () => {
        throw cause
      },
      rejects: () => Promise.reject(cause),
      same: 'unchanged',
    },
    downgrade: {
      '1': async (state: number) => state - 1,
      throws: () => {
        throw cause
      },
    },
  })
  const by = (kind: 'codeChange' | 'downgrade' | 'unchanged', from: string, to = '2') =>
    ({ by: kind, from, to, extra: 'extra' }) as const

  test('passes the old state and where it comes from', () => {
    const change = { from: '1', to: '2', extra: 'extra' }
    expect(enterState(version, 5, by('codeChange', '1'))).toEqual([5, change])
  })

  test('runs on one side only', async () => {
    expect(leaveState(version, 5, by('codeChange', '1'))).toBe(5)
    expect(enterState(version, 5, by('downgrade', '2', '1'))).toBe(5)
    expect(await leaveState(version, 5, by('downgrade', '2', '1'))).toBe(4)
    expect(enterState(version, 5, by('unchanged', 'same'))).toBe(5)
  })

  test('that throws or rejects has a code, both versions and the cause', async () => {
    const failed = { code: 'CODE_CHANGE_FAILED', to: '2', cause }
    expect(() => enterState(version, 0, by('codeChange', 'throws'))).toThrow(
      expect.objectContaining({ ...failed, from: 'throws' }),
    )
    await expect(enterState(version, 0, by('codeChange', 'rejects'))).rejects.toMatchObject(failed)
    expect(() => leaveState(version, 0, by('downgrade', '2', 'throws'))).toThrow(
      expect.objectContaining({ code: 'DOWNGRADE_FAILED', from: '2', to: 'throws', cause }),
    )
  })
})
