// @module-tag once
import { TRACEPARENT } from '../../../src/protocol/definition/trace.ts'
import { describe, expect, test } from 'vitest'
import { runtimeSchema, spawnSchema, stopSchema } from '../../../src/options/options.ts'
import { parseOptions } from '../../../src/options/parse-options.ts'
import { limitRows } from './limit-rows.ts'
import { refusal, schemas } from './refusal.ts'

const ms = 'a time in ms, of at least 0'
const name = 'a name of at least one character'
const noTimes = [-1, '1', NaN, null, new Date()]
const noFlags = ['yes', 1, null, NaN]
const noFunctions = [1, {}, 'open', null]
const noObjects = [1, 'text', null, [], [1], () => 1]
const natural = 'a whole number of at least 0'
const positive = 'a whole number of at least 1'
const placement = "'per-process' or a whole number of at least 1"
const rule = 'false or an object with everyMessages, everyMs or both'
const folder = 'the path of a folder, of at least one character'
const capacity = 'a whole number of at least 1, or Infinity'
const selection = 'a share above 0 and up to 1, or an array of at least one name or id'

/** Each option, what it should be, and what it is not. */
const wrong: readonly (readonly [keyof typeof schemas, string, string, readonly unknown[]])[] = [
  ['createRuntime', 'services', 'an object of services by their names', [...noObjects, [{}]]],
  ['createRuntime', 'services.db', 'an object or a function', [3, 'db', null, undefined]],
  ['createRuntime', 'logger', 'an object with debug, info, warn and error', noObjects],
  ['createRuntime', 'logger.debug', 'a function', noFunctions],
  ['createRuntime', 'maxIsolates', positive, [0, -1, 1.5, '4', NaN, Infinity, null]],
  ['createRuntime', 'onUnhandled', "'continue' or 'exit'", ['throw', '', 1, null]],
  ['createRuntime', 'warmSpares', natural, [-1, 0.5, '1', NaN, null]],
  ['createRuntime', 'store', 'an object', noObjects],
  ['createRuntime', 'tempFolder', folder, ['', 1, null, {}, ['tmp']]],
  ['createRuntime', 'store.directory', folder, ['', 1, null, undefined, new URL('file:///a')]],
  ['createRuntime', 'resourceLimits', 'an object', noObjects],
  ...limitRows,
  ['createRuntime', 'loadTimeoutMs', ms, noTimes],
  ['createRuntime', 'initTimeoutMs', ms, noTimes],
  ['createRuntime', 'exitGraceMs', ms, noTimes],
  ['createRuntime', 'faultPoint', 'a function', noFunctions],
  ['createRuntime', 'tracing', 'true or false', noFlags],
  ['createRuntime', 'checkStates', 'true or false', noFlags],
  ['createRuntime', 'classes', 'a plain object', noObjects],
  ['createRuntime', 'codecs', 'a plain object', noObjects],
  ['load', 'name', name, ['', 1, null, NaN, []]],
  ['load', 'external', 'an array of package names', ['pkg', {}, null]],
  ['load', 'external[0]', 'a package name of at least one character', ['', 1, null]],
  ['load', 'isolates', placement, [0, 1.5, 'shared', '', NaN, Infinity, null, []]],
  ['load', 'permissions', 'an object', noObjects],
  ['load', 'permissions.read', 'true, false or an array of paths', ['/etc', 1, null, {}]],
  ['load', 'permissions.write', 'true, false or an array of paths', ['/etc', 1, null, {}]],
  ['load', 'permissions.childProcess', 'true or false', noFlags],
  ['load', 'permissions.worker', 'true or false', noFlags],
  ['load', 'permissions.net', 'true or false', noFlags],
  ['load', 'permissions.addons', 'true or false', noFlags],
  ['spawn', 'name', name, ['', 1, null, NaN, {}]],
  ['spawn', 'version', 'the label of a version, of at least one character', ['', 1, null, {}]],
  ['spawn', 'mailbox', 'an object', noObjects],
  ['restart', 'version', 'the label of a version, of at least one character', ['', 1, null, {}]],
  ['restart', 'from', "'checkpoint' or 'init'", ['never', '', 1, null]],
  ['spawn', 'mailbox.capacity', capacity, [0, 2.5, '5', NaN, -Infinity, null]],
  [
    'spawn',
    'mailbox.overflow',
    "'reject', 'drop-oldest' or 'drop-newest'",
    ['drop', '', 1, NaN, null],
  ],
  ['spawn', 'restart', 'an object', noObjects],
  ['spawn', 'restart.policy', "'transient' or 'temporary'", ['permanent', '', 1, null]],
  ['spawn', 'restart.maxRestarts', natural, [-1, 1.5, '3', NaN, null]],
  ['spawn', 'restart.withinMs', ms, noTimes],
  ['spawn', 'restart.from', "'checkpoint', 'init' or 'never'", ['start', '', 1, null]],
  ['spawn', 'restart.orElse', "'init' or 'stop'", ['never', '', 1, null]],
  ['spawn', 'checkpoint', rule, [true, 5, 'often', null, {}]],
  ['spawn', 'checkpoint.everyMessages', positive, [0, 1.5, '5', NaN, Infinity, null]],
  ['spawn', 'checkpoint.log', positive, [0, 1.5, '5', NaN, Infinity, null]],
  ['spawn', 'checkpoint.everyMs', positive, [0, 1.5, '5', NaN, Infinity, null]],
  ['spawn', 'handlerTimeoutMs', ms, noTimes],
  ['spawn', 'onHandlerTimeout', "'tell' or 'kill'", ['end', '', 1, null]],
  ['with', 'timeoutMs', ms, noTimes],
  ['with', 'signal', 'an AbortSignal', [{}, true, null]],
  [
    'with',
    'transfer',
    'an array of buffers and ports',
    [{}, 'x', new ArrayBuffer(1), new Set(), null],
  ],
  ['with', 'trace', 'an object', noObjects],
  ['with', 'trace.traceparent', TRACEPARENT, ['', '00', 1, null]],
  ['events', 'capacity', capacity, [0, 2.5, '5', NaN, null]],
  ['events', 'overflow', "'reject', 'drop-oldest' or 'drop-newest'", ['drop', '', 1, null]],
  ['upgrade', 'suspendTimeoutMs', ms, noTimes],
  ['upgrade', 'maxStallMs', ms, noTimes],
  ['upgrade', 'codeChangeTimeoutMs', ms, noTimes],
  ['upgrade', 'maxPauseMs', ms, noTimes],
  ['upgrade', 'drainTimeoutMs', ms, noTimes],
  ['upgrade', 'copy', "'ahead' or 'whole'", ['tables', '', true, null]],
  ['upgrade', 'probation', 'true, false or an object with limits', noFlags],
  ['upgrade', 'probation.messages', positive, [0, 1.5, '16', NaN, null]],
  ['upgrade', 'probation.ms', ms, noTimes],
  ['upgrade', 'probation.maxErrors', 'a whole number of at least 0', [-1, 1.5, '16', NaN, null]],
  ['upgrade', 'probation.check', 'a function', [{}, true, null]],
  ['upgrade', 'probation.onRollBack', "'replay' or 'report'", ['downgrade', '', true, null]],
  ['upgrade', 'rehearse', 'true, false or an object with warm', noFlags],
  ['upgrade', 'rehearse.warm', ms, noTimes],
  ['upgrade', 'rehearse.sample', positive, [0, 1.5, '16', NaN, null]],
  ['upgrade', 'typecheck', 'true or false', noFlags],
  ['upgrade', 'signal', 'an AbortSignal', [{}, null, new AbortController()]],
  ['upgrade', 'allowRemoved', 'true or false', noFlags],
  ['upgrade', 'allowWider', 'true or false', noFlags],
  ['upgrade', 'mode', "'atomic' or 'rolling'", ['all', '', 1, null]],
  ['upgrade', 'groupSize', positive, [0, 1.5, '16', NaN, null]],
  ['upgrade', 'throttleMs', ms, noTimes],
  ['upgrade', 'blocked', "'fail', 'skip' or 'wait'", ['stop', '', 1, null]],
  ['upgrade', 'only', selection, [0, -1, 1.5, NaN, 'name', [], {}, null]],
  ['upgrade', 'only[0]', 'a name or id of at least one character', ['', 1, null]],
  ['rollBack', 'mode', "'atomic' or 'rolling'", ['all']],
  ['watch', 'allowRemoved', 'true or false', noFlags],
  ['watch', 'debounceMs', ms, noTimes],
  ['stop', 'drain', 'true or false', noFlags],
  ['stop', 'timeoutMs', ms, noTimes],
]

/** Options in which `path` is `value`. */
function withAt(path: string, value: unknown): unknown {
  const [outer = '', inner] = path.split('.')
  if (inner !== undefined) return { [outer]: { ...complete[outer], [inner]: value } }
  return path.endsWith('[0]') ? { [path.slice(0, -3)]: [value] } : { [outer]: value }
}

const silent = { debug: () => 0, info: () => 0, warn: () => 0, error: () => 0 }
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const complete: Readonly<Record<string, object>> = { logger: silent, trace: { traceparent } }

describe.each(wrong)('%s: %s', (where, path, expected, values) => {
  test.each(values)('is refused as %o, with path, what was expected and what came', (value) => {
    const error = refusal(where, withAt(path, value))
    expect(error).toMatchObject({ code: 'INVALID_OPTION', path, expected })
    const { received } = error
    expect(error.message).toBe(`${where}: ${path} should be ${expected}, but is ${received}`)
  })
})

test('each option is in the table', () => {
  const where = Object.keys(schemas) as (keyof typeof schemas)[]
  const namesOf = (each: keyof typeof schemas): string[] =>
    refusal(each, { '?': 1 }).expected?.replace('one of ', '').split(', ') ?? []
  const told = new Set([...wrong.map(([, path]) => path), 'args', 'extra'])
  expect(where.flatMap(namesOf).filter((each) => !told.has(each))).toEqual([])
})

test.each<readonly [keyof typeof schemas, string]>([
  ['downgrade', 'rehearse'],
  ['rollBack', 'only'],
  ['upgrade of one', 'mode'],
  ['downgrade of one', 'typecheck'],
  ['watch', 'signal'],
  ['watch', 'allowWider'],
  ['downgrade', 'permissions'],
])('%s has no %s, though an upgrade has', (where, option) => {
  expect(refusal(where, { [option]: undefined }).path).toBe(option)
  expect(refusal('upgrade', { [option]: null }).message).toContain(`${option} should be`)
})

test('one that drops the oldest message has to hold two', () => {
  const error = refusal('spawn', { mailbox: { capacity: 1, overflow: 'drop-oldest' } })
  expect(error.message).toBe(
    'spawn: mailbox.capacity should be at least 2 where the oldest is dropped, but is the number 1',
  )
  expect(error.path).toBe('mailbox.capacity')
})

test.each<readonly [keyof typeof schemas, unknown, string]>([
  ['stop', { dran: true }, "'dran' (did you mean 'drain'?); expected one of drain, timeoutMs"],
  ['stop', { TimeoutMS: 1 }, "'TimeoutMS' (did you mean 'timeoutMs'?); expected one of drain, "],
  ['stop', { force: true }, "'force'; expected one of drain, timeoutMs"],
  ['stop', { x: 1 }, "'x'; expected one of drain, timeoutMs"],
  ['spawn', { mailbox: { size: 5 } }, "'mailbox.size'; expected one of capacity, overflow"],
])('%s: what is unknown is refused with what there is: %o', (where, options, text) => {
  const error = refusal(where, options)
  expect(error.message).toContain(`${where}: there is no option ${text}`)
})

describe.each(Object.keys(schemas) as (keyof typeof schemas)[])('%s', (where) => {
  test('has defaults for all', () => {
    for (const none of [undefined, {}] as unknown[]) {
      expect(() => parseOptions(where, schemas[where], none)).not.toThrow()
    }
  })

  test('refuses an unknown option by name', () => {
    const error = refusal(where, { timeotMs: 5 })
    expect(error).toMatchObject({ path: 'timeotMs', received: 'timeotMs' })
    expect(error.expected).toMatch(/^one of \w+, /)
  })

  test.each(['text', 5, true, null, [], [1], () => 1, new Map(), new Set(), new Date()])(
    'refuses %o in place of options',
    (value) => {
      const error = refusal(where, value)
      expect(error).toMatchObject({
        code: 'INVALID_OPTION',
        path: 'options',
        expected: 'an object',
      })
    },
  )
})

describe.each(Object.keys(schemas) as (keyof typeof schemas)[])(
  '%s, where a program has added to the prototype of all objects',
  (where) => {
    const added = { polluted: 1, timeoutMs: 'late', mode: 'all', mailbox: 1, drain: 2, args: 3 }

    test('is what it was given, and no more', () => {
      const before = parseOptions(where, schemas[where], {})
      Object.assign(Object.prototype, added)
      let after: object
      try {
        after = { ...parseOptions(where, schemas[where], {}) }
      } finally {
        for (const key of Object.keys(added)) Reflect.deleteProperty(Object.prototype, key)
      }
      expect(after).toEqual({ ...before })
    })
  },
)

test('options may come from a class or from defaults', () => {
  class Options {
    get timeoutMs(): number {
      return 7
    }
    describe(): string {
      return 'no option'
    }
  }
  const given: unknown[] = [new Options(), Object.create({ timeoutMs: 7 })]
  const taken = given.map((each) => parseOptions('stop', stopSchema, each).timeoutMs)
  expect(taken).toEqual([7, 7])
  expect(refusal('stop', Object.create({ timeotMs: 7 })).path).toBe('timeotMs')
})

test.each<[string, unknown]>([
  ['options', Object.assign(() => 1, { db: () => 1 })],
  ['services', new Map([['db', () => 1]])],
  [
    'services',
    new (class Services {
      db = () => 1
    })(),
  ],
  ['services.db', new Map()],
  ['services.db', {}],
  ['services.db', { limit: 5, files: { read: () => 1 } }],
  ['services.db', [() => 1]],
  ['services.db', Promise.resolve({ count: () => 1 })],
  ['services.db', { then: () => 1, count: () => 1 }],
  ['services.db', new Date()],
  ['services.then', () => 1],
  ['services.constructor', { count: () => 1 }],
  ['services.__proto__', { count: () => 1 }],
])('what lends nothing is refused: %s', (path, value) => {
  const [, name] = path.split('.')
  const services = name === undefined ? value : Object.fromEntries([[name, value]])
  const options = path === 'options' ? value : { services }
  expect(refusal('createRuntime', options)).toMatchObject({ code: 'INVALID_OPTION', path })
})

test.each<[string, object]>([
  ['a function', () => 1],
  ['an object of functions', { count: () => 1, limit: 5 }],
  [
    'an instance of a class',
    new (class Store {
      count(): number {
        return 1
      }
    })(),
  ],
  ['a module', await import('node:path')],
  [
    'a module whose functions are behind getters',
    Object.defineProperties(
      {},
      {
        late: {
          enumerable: true,
          get: () => {
            throw new Error('not yet')
          },
        },
        count: { enumerable: true, get: () => () => 1 },
      },
    ),
  ],
])('%s may be lent', (_what, db) => {
  const options: unknown = { services: { db } }
  const { services } = parseOptions('createRuntime', runtimeSchema, options)
  expect(services !== undefined && 'db' in services && services.db === db).toBe(true)
})

test('a logger needs all four levels', () => {
  const error = refusal('createRuntime', { logger: { debug: () => undefined } })
  expect(error.path).toBe('logger.info')
})

test('drop-oldest without a capacity is no mistake: nothing is ever dropped', () => {
  const options: unknown = { mailbox: { overflow: 'drop-oldest' } }
  const { mailbox } = parseOptions('spawn', spawnSchema, options)
  expect(mailbox).toEqual({ capacity: Infinity, overflow: 'drop-oldest' })
})

test('zero and Infinity are times', () => {
  for (const timeoutMs of [0, Infinity]) {
    const options: unknown = { timeoutMs }
    expect(parseOptions('stop', stopSchema, options).timeoutMs).toBe(timeoutMs)
  }
})
