import assert from 'node:assert/strict'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { startFailure, startTimeout } from '../../../src/isolates/start-failure.ts'

const limits = { resourceLimits: { maxOldGenerationSizeMb: 4, stackSizeMb: 1 } }
const inWords = ' (resourceLimits: { maxOldGenerationSizeMb: 4, stackSizeMb: 1 })'

function failed(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

const before = process.env['NODE_OPTIONS']
beforeEach(() => {
  process.env['NODE_OPTIONS'] = '--require ./a.cjs'
})
afterEach(() => {
  if (before === undefined) delete process.env['NODE_OPTIONS']
  else process.env['NODE_OPTIONS'] = before
})

const preloads = ' (each thread reads NODE_OPTIONS: --require ./a.cjs)'
const system =
  'the system gives no more (EAGAIN): see its limits of threads (ulimit -u, pids of the container) and of memory'
const memory = "its memory was used up before it ran moult's code"

test.each([
  [failed('ERR_WORKER_INIT_FAILED', 'EAGAIN'), {}, system],
  [failed('ERR_WORKER_INIT_FAILED', 'EAGAIN'), limits, system + inWords],
  [failed('ERR_WORKER_OUT_OF_MEMORY', 'full'), {}, memory],
  [failed('ERR_WORKER_OUT_OF_MEMORY', 'full'), limits, memory + inWords],
  [new RangeError('too deep'), limits, `too deep${preloads}${inWords}`],
  ['no error', {}, `the string "no error"${preloads}`],
  [undefined, {}, `it exited with code 3 before it ran moult's code${preloads}`],
])('of %o is told as what it is', (error, wanted, reason) => {
  const failure = startFailure({ name: 'a thread', ...wanted }, { error, exitCode: 3 })
  expect(failure).toMatchObject({ code: 'ISOLATE_START_FAILED' })
  expect(failure.message).toBe(`a thread could not be started: ${reason}`)
  expect(failure.cause).toBe(error)
})

test('what has been told already is not told of another thread', () => {
  const told = startFailure(
    { name: 'the thread of the bundler' },
    { error: undefined, exitCode: 1 },
  )
  expect(startFailure({ name: 'a thread' }, { error: told, exitCode: 1 })).toBe(told)
})

test('without NODE_OPTIONS they are not named', () => {
  process.env['NODE_OPTIONS'] = ''
  expect(startTimeout('a thread', 5).message).toBe('a thread did not run within 5 ms')
})

const unreadable: readonly (readonly [what: string, env: unknown])[] = [
  ['that throws', new Proxy({}, { get: () => assert.fail('no') })],
  ['of symbols', { NODE_OPTIONS: Symbol('a') }],
  ['that is none', undefined],
]

test.each(unreadable)('in an environment %s the failure is told all the same', (_what, env) => {
  const { env: own } = process
  onTestFinished(() => {
    process.env = own
  })
  process.env = env as NodeJS.ProcessEnv
  const late = startTimeout('a thread', 5)
  const failure = startFailure({ name: 'a thread' }, { error: undefined, exitCode: 3 })
  process.env = own
  expect(late).toMatchObject({ code: 'LOAD_TIMEOUT' })
  expect(late.message).toBe('a thread did not run within 5 ms (process.env cannot be read)')
  expect(failure).toMatchObject({ code: 'ISOLATE_START_FAILED' })
})
