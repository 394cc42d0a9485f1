import { describe, expect, test } from 'vitest'
import {
  callSchema,
  loadSchema,
  parseOptions,
  runtimeSchema,
  spawnSchema,
  stopSchema,
  upgradeSchema,
} from '../../src/options.ts'
import { MoultError } from '../../src/protocol/errors.ts'

const schemas = {
  createRuntime: runtimeSchema,
  load: loadSchema,
  spawn: spawnSchema,
  with: callSchema,
  upgrade: upgradeSchema,
  stop: stopSchema,
}

function refusal(where: keyof typeof schemas, options: unknown): MoultError {
  try {
    parseOptions(where, schemas[where], options)
  } catch (error) {
    expect(error).toBeInstanceOf(MoultError)
    return error as MoultError
  }
  throw new Error(`${where} accepted ${JSON.stringify(options)}`)
}

const wrong: readonly (readonly [keyof typeof schemas, string, readonly unknown[]])[] = [
  ['createRuntime', 'maxIsolates', [0, -1, 1.5, '4', NaN, null]],
  ['createRuntime', 'warmSpares', [-1, 0.5, '1', NaN, null]],
  ['createRuntime', 'loadTimeoutMs', [-1, '1', NaN, null, new Date()]],
  ['createRuntime', 'initTimeoutMs', [-1, '1', NaN]],
  ['createRuntime', 'exitGraceMs', [-1, '1', NaN]],
  ['createRuntime', 'faultPoint', [1, {}, 'open']],
  ['createRuntime', 'services', [1, 'db', null, [], [{}], { db: 3 }, { db: 'db' }, { db: null }]],
  ['createRuntime', 'logger', [1, 'console', null]],
  ['createRuntime', 'resourceLimits', [1, null]],
  ['load', 'name', ['', 1, null]],
  ['load', 'external', ['pkg', [1], [''], null]],
  ['spawn', 'name', ['', 1, null, {}]],
  ['spawn', 'mailbox', [1, null]],
  ['spawn', 'restart', ['transient', null]],
  ['with', 'timeoutMs', [-1, '5', NaN, null]],
  ['with', 'signal', [{}, true, null]],
  ['with', 'transfer', [{}, 'x', new ArrayBuffer(1), null]],
  ['upgrade', 'suspendTimeoutMs', [-1, '5', NaN, null]],
  ['upgrade', 'codeChangeTimeoutMs', [-1, '5', NaN]],
  ['upgrade', 'signal', [{}, null]],
  ['upgrade', 'allowRemoved', ['yes', 1, null]],
  ['upgrade', 'rehearse', ['no', 0, null]],
  ['stop', 'drain', ['yes', 1, null]],
  ['stop', 'timeoutMs', [-1, '5', NaN]],
]

describe.each(wrong)('%s: %s', (where, name, values) => {
  test.each(values)('is refused as %o, with path, what was expected and what came', (value) => {
    const error = refusal(where, { [name]: value })
    expect(error.code).toBe('INVALID_OPTION')
    expect(error.path).toMatch(new RegExp(`^${where}: ${name}(\\.|$)`))
    expect(error.expected).toMatch(/\S/)
    expect(error.received).toMatch(/\S/)
    expect(error.message).toContain(`${where}: ${name}`)
    expect(error.message).not.toContain('never')
  })
})

test.each([
  ['mailbox.capacity', { mailbox: { capacity: 0 } }],
  ['mailbox.capacity', { mailbox: { capacity: 2.5 } }],
  ['mailbox.overflow', { mailbox: { overflow: 'drop' } }],
  ['mailbox', { mailbox: { capacity: 1, overflow: 'drop-oldest' } }],
  ['restart.policy', { restart: { policy: 'permanent' } }],
  ['restart.maxRestarts', { restart: { maxRestarts: -1 } }],
  ['restart.withinMs', { restart: { withinMs: '5s' } }],
  ['mailbox.size', { mailbox: { size: 5 } }],
])('spawn: %s is named though it is nested', (path, options) => {
  expect(refusal('spawn', options).path).toBe(`spawn: ${path}`)
})

describe.each(Object.keys(schemas) as (keyof typeof schemas)[])('%s', (where) => {
  test('has defaults for all', () => {
    expect(() => parseOptions(where, schemas[where], undefined)).not.toThrow()
    expect(() => parseOptions(where, schemas[where], {})).not.toThrow()
  })

  test('refuses an unknown option by name', () => {
    const error = refusal(where, { timeotMs: 5 })
    expect(error.path).toBe(`${where}: timeotMs`)
    expect(error.message).not.toContain('never')
  })

  test.each(['text', 5, true, [1], () => 1])('refuses %o in place of options', (value) => {
    expect(refusal(where, value).code).toBe('INVALID_OPTION')
  })
})

test('a logger needs all four levels', () => {
  const error = refusal('createRuntime', { logger: { debug: () => undefined } })
  expect(error.path).toBe('createRuntime: logger.info')
})

test('drop-oldest without a capacity is no mistake: nothing is ever dropped', () => {
  const { mailbox } = parseOptions('spawn', spawnSchema, { mailbox: { overflow: 'drop-oldest' } })
  expect(mailbox).toEqual({ capacity: Infinity, overflow: 'drop-oldest' })
})

test('zero and Infinity are times', () => {
  for (const timeoutMs of [0, Infinity]) {
    expect(parseOptions('stop', stopSchema, { timeoutMs }).timeoutMs).toBe(timeoutMs)
  }
})
