import { readFileSync } from 'node:fs'
import { MoultError } from 'moult'
import type { ProcessRef } from 'moult'
import { expect, test } from 'vitest'
import type calls from '../fixtures/calls/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'
import { TestGates } from './gates.ts'

const [v1, v2] = [fixture('calls/v1.ts'), fixture('calls/v2.ts')]

async function spawn(gates = new TestGates()): Promise<ProcessRef<typeof calls>> {
  const runtime = await testRuntime({ services: gates.services })
  const code = await runtime.load<typeof calls>(v1)
  return code.spawn({ name: 'calls' })
}

async function rejection(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (value) => {
      throw new Error(`resolved with ${String(value)}`)
    },
    (error: unknown) => error,
  )
}

test('a throw keeps class, message, code, cause and fields, and its stack names the user’s line; the process goes on', async () => {
  const ref = await spawn()
  const error = (await rejection(ref.call('throwOrderError', 42))) as Error & { order: unknown }
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({
    name: 'OrderError',
    message: 'no such order',
    code: 'ORDER_REFUSED',
    order: { id: 42, tags: new Set(['late']) },
  })
  expect(error.cause).toBeInstanceOf(RangeError)
  expect(error.cause).toMatchObject({ message: 'out of stock' })
  const lines = readFileSync(v1, 'utf8').split('\n')
  const line = lines.findIndex((text) => text.includes("new OrderError('no such order'")) + 1
  expect(error.stack).toContain(`calls/v1.ts:${line}:`)
  expect(await ref.call('add', 1)).toBe(1)
})

test('built-in errors keep their class', async () => {
  const ref = await spawn()
  expect(await rejection(ref.call('throwTypeError'))).toBeInstanceOf(TypeError)
  expect(await rejection(ref.call('rejectLate'))).toBeInstanceOf(SyntaxError)
  const both = (await rejection(ref.call('throwAggregate'))) as AggregateError
  expect(both).toBeInstanceOf(AggregateError)
  expect(both.errors.map((each: Error) => each.name)).toEqual(['TypeError', 'RangeError'])
})

test('what is no error is thrown as it was, and nothing that is thrown harms the process', async () => {
  const ref = await spawn()
  expect(await rejection(ref.call('throwValue', 'string'))).toBe('just a string')
  expect(await rejection(ref.call('throwValue', 'object'))).toEqual({ reason: 7 })
  expect(await rejection(ref.call('throwValue', 'undefined'))).toBeUndefined()
  expect(await rejection(ref.call('throwValue', 'null'))).toBeNull()
  expect(await rejection(ref.call('throwValue', 'function'))).toContain('function')
  expect(await rejection(ref.call('throwCyclic'))).toMatchObject({ message: 'I am my own cause' })
  expect(await ref.call('add', 1)).toBe(1)
  expect((await ref.inspect()).totals).toMatchObject({ restarts: 0, failed: 6 })
})

test('a thrown object that is neither an error nor data nor printable does not end the thread', async () => {
  const ref = await spawn()
  expect(await rejection(ref.call('throwMonster'))).not.toMatchObject({ code: 'ISOLATE_EXITED' })
  expect((await ref.inspect()).totals).toMatchObject({ restarts: 0 })
})

test.each([
  ['replyFunction', 'reply'],
  ['replyNested', 'reply.rows[1].onDone'],
  ['replySymbol', 'reply'],
  ['replyRevoked', 'reply'],
] as const)('%s cannot be cloned: UNCLONEABLE_REPLY names the path', async (name, path) => {
  const ref = await spawn()
  const around = [ref.call('add', 1), ref.call(name), ref.call('add', 1)] as const
  expect(await rejection(around[1])).toMatchObject({ code: 'UNCLONEABLE_REPLY', path })
  expect(await Promise.all([around[0], around[2]])).toEqual([1, 2])
})

test.each([
  ['a function', () => 'not data', 'payload'],
  ['a nested symbol', { a: [{ b: Symbol('x') }] }, 'payload.a[0].b'],
  ['a promise', { later: new Promise(() => undefined) }, 'payload.later'],
  ['a WeakMap in a Map', new Map([['k', new WeakMap()]]), 'payload.get("k")'],
])(
  'an argument with %s is refused with its path, and nothing is queued',
  async (_what, value, path) => {
    const ref = await spawn()
    const error = await rejection(ref.call('echo', value))
    expect(error).toMatchObject({ code: 'UNCLONEABLE_ARGUMENT', path })
    expect(error).toBeInstanceOf(MoultError)
    expect(await ref.inspect()).toMatchObject({ queueLength: 0, totals: { calls: 0 } })
  },
)

test('an argument that is nested too deeply is refused in reasonable time', async () => {
  const ref = await spawn()
  let list: { next: unknown } = { next: undefined }
  for (let depth = 0; depth < 20_000; depth++) list = { next: list }
  const error = await rejection(ref.call('echo', list))
  expect(error).toMatchObject({ name: 'MoultError', code: 'UNCLONEABLE_ARGUMENT' })
}, 30_000)

test('a payload is what it was when it was sent', async () => {
  const ref = await spawn()
  const payload = { list: [1], bytes: new Uint8Array([1, 2]) }
  const reply = ref.call('echo', payload)
  payload.list.push(2)
  payload.bytes[0] = 9
  expect(await reply).toEqual({ list: [1], bytes: new Uint8Array([1, 2]) })
})

test('a reply is what it was when its handler ended, even if it is the live state', async () => {
  const ref = await spawn()
  const replies = [1, 2, 3].map((value) => ref.call('push', value))
  const all = ref.call('all')
  ref.cast('put', 4)
  const later = ref.call('all')
  expect(await Promise.all(replies)).toEqual([[1], [1, 2], [1, 2, 3]])
  expect((await all).list).toEqual([1, 2, 3])
  expect((await later).list).toEqual([1, 2, 3, 4])
})

test('replies of every kind of value arrive as they are', async () => {
  const ref = await spawn()
  const values = [undefined, null, 0, -0, NaN, '', 'text', 10n, true, new Date(5), /a/g, [], {}]
  for (const value of values) {
    expect(await ref.call('echo', value)).toEqual(value)
    expect(await ref.call('echoLate', value)).toEqual(value)
  }
  await expect(ref.call('nothing')).resolves.toBeUndefined()
})

test('a time-out ends the waiting only: the running handler finishes, its reply is dropped', async () => {
  const gates = new TestGates()
  const ref = await spawn(gates)
  const late = ref.with({ timeoutMs: 20 }).call('hold', 'slow')
  await gates.reached('slow')
  expect(await rejection(late)).toMatchObject({ code: 'CALL_TIMEOUT', process: 'calls' })
  gates.open('slow')
  expect(await ref.call('get')).toBe(1)
})

test('a signal that was aborted before: the call is not sent', async () => {
  const ref = await spawn()
  const given = ref.with({ signal: AbortSignal.abort() })
  expect(await rejection(given.call('add', 1))).toMatchObject({ code: 'CALL_ABORTED' })
  expect(await ref.call('get')).toBe(0)
})

test('a signal that is aborted while the handler runs: the caller is free at once, the handler finishes', async () => {
  const gates = new TestGates()
  const ref = await spawn(gates)
  const abort = new AbortController()
  const given = ref.with({ signal: abort.signal }).call('hold', 'running')
  await gates.reached('running')
  abort.abort()
  expect(await rejection(given)).toMatchObject({ code: 'CALL_ABORTED' })
  gates.open('running')
  expect(await ref.call('get')).toBe(1)
})

test('a time-out of a month does not fire at once', async () => {
  const gates = new TestGates()
  const ref = await spawn(gates)
  const held = ref.with({ timeoutMs: 30 * 24 * 3600 * 1000 }).call('hold', 'month')
  await gates.reached('month')
  gates.open('month')
  expect(await held).toBe(1)
  await expect(ref.with({ timeoutMs: Infinity }).call('get')).resolves.toBe(1)
})

test('a call that is running at the suspend is answered by the old version, those behind it by the new', async () => {
  const gates = new TestGates()
  const runtime = await testRuntime({
    services: gates.services,
    // By the next turn the suspend has been asked for.
    faultPoint: (phase) => {
      if (phase === 'suspend') setImmediate(() => gates.open('swap'))
    },
  })
  const code = await runtime.load<typeof calls>(v1)
  const ref = await code.spawn()
  const held = ref.call('hold', 'swap')
  await gates.reached('swap')
  const upgrade = code.upgrade(v2)
  const behind = [ref.call('add', 10), rejection(ref.call('throwTypeError'))] as const
  expect(await held).toBe(1)
  expect(await behind[0]).toBe(11)
  expect(((await behind[1]) as Error).stack).toContain('calls/v2.ts')
  await upgrade
})

test('a reply whose getter throws is an UNCLONEABLE_REPLY and does not end the thread', async () => {
  const ref = await spawn()
  expect(await rejection(ref.call('replyGetter'))).toMatchObject({ code: 'UNCLONEABLE_REPLY' })
  expect((await ref.inspect()).totals).toMatchObject({ restarts: 0 })
})

test('an argument whose getter throws is refused with a MoultError', async () => {
  const ref = await spawn()
  const trap = {
    get inner(): never {
      throw new Error('a getter throws')
    },
  }
  const error = await rejection(ref.call('echo', trap))
  expect(error).toMatchObject({ name: 'MoultError', code: 'UNCLONEABLE_ARGUMENT' })
})

test('a call that timed out while it waited is never handled', async () => {
  const { ref, gates, heardAll } = await spawnWithNeighbour()
  const slow = ref.call('hold', 'slow')
  await gates.reached('slow')
  const late = ref.with({ timeoutMs: 20 }).call('add', 100)
  expect(await rejection(late)).toMatchObject({ code: 'CALL_TIMEOUT' })
  await heardAll()
  gates.open('slow')
  expect(await slow).toBe(1)
  expect(await ref.call('get')).toBe(1)
})

test('a call that was aborted while it waited is never handled', async () => {
  const { ref, gates, heardAll } = await spawnWithNeighbour()
  const slow = ref.call('hold', 'slow')
  await gates.reached('slow')
  const abort = new AbortController()
  const given = ref.with({ signal: abort.signal }).call('add', 100)
  abort.abort(new Error('changed my mind'))
  expect(await rejection(given)).toMatchObject({
    code: 'CALL_ABORTED',
    cause: { message: 'changed my mind' },
  })
  await heardAll()
  gates.open('slow')
  expect(await slow).toBe(1)
  expect(await ref.call('get')).toBe(1)
})

/** Beside a second process in the same thread, whose answer tells that the thread has heard all that was said to it before. */
async function spawnWithNeighbour(): Promise<{
  readonly ref: ProcessRef<typeof calls>
  readonly gates: TestGates
  readonly heardAll: () => Promise<unknown>
}> {
  const gates = new TestGates()
  const runtime = await testRuntime({ services: gates.services })
  const code = await runtime.load<typeof calls>(v1, { isolates: 1 })
  const ref = await code.spawn({ name: 'calls' })
  const neighbour = await code.spawn({ name: 'neighbour' })
  return { ref, gates, heardAll: () => neighbour.call('get') }
}
