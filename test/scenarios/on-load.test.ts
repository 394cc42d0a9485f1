import { MoultError, isMoultError } from 'moult'
import type { LogFields, RuntimeOptions, Services } from 'moult'
import { describe, expect, test } from 'vitest'
import { silentLogger } from '../support/runtime.ts'
import { rejection, world } from './contract-programs.ts'
import type { Parts, World } from './contract-programs.ts'

/** Says to the service `book` what happens, in which thread. */
const top = "import { threadId } from 'node:worker_threads'\nlet loads = 0"
const told = `onLoad: async ({ version, services }) => {
  await services.book.write(version + ' loads ' + ++loads + ' in ' + threadId)
},
init: async (_args, { services }) => {
  await services.book.write('init after ' + loads + ' in ' + threadId)
  return { log: [] }
},`
const from1 = "codeChange: { '1': 'unchanged' },"

function booked(): { lines: string[]; services: Services } {
  const lines: string[] = []
  const book = { write: (line: string) => void lines.push(line) }
  return { lines, services: { book } as unknown as Services }
}

function start(versions: readonly Parts[], options: RuntimeOptions): Promise<World> {
  return world(versions, { warmSpares: 0, ...options })
}

test('onLoad runs once in each isolate, before init and before anything is handled', async () => {
  const { lines, services } = booked()
  const change = `codeChange: { '1': (old) => { old.log.push('loads ' + loads); return old } },`
  const { code, file } = await start(
    [
      { top, fields: told },
      { top, fields: told + change },
    ],
    { services },
  )
  expect(lines).toHaveLength(1)
  const one = await code.spawn()
  const two = await code.spawn()
  expect(lines.map((line) => line.replace(/ in \d+/, ''))).toEqual([
    '1 loads 1',
    'init after 1',
    '1 loads 1',
    'init after 1',
  ])
  expect(new Set(lines.map((line) => line.replace(/.* in /, ''))).size).toBe(2)
  lines.length = 0
  await code.upgrade(file(2))
  expect(lines.map((line) => line.replace(/ in \d+/, ''))).toEqual(['2 loads 1', '2 loads 1'])
  expect(await Promise.all([one.call('log'), two.call('log')])).toEqual([['loads 1'], ['loads 1']])
})

test('after a crash the new isolate runs it again, once', async () => {
  const { lines, services } = booked()
  const { code } = await start([{ top, fields: told }], { services })
  const ref = await code.spawn()
  await expect(ref.call('die')).rejects.toMatchObject({ code: 'ISOLATE_EXITED' })
  expect(await ref.call('number', 1)).toBe(1)
  expect(lines.filter((line) => line.startsWith('1 loads 1'))).toHaveLength(2)
})

const failures: [what: string, body: string, expected: object][] = [
  ['throws', "() => { throw new RangeError('boom') }", { cause: { name: 'RangeError' } }],
  ['rejects', "async () => { throw new RangeError('boom') }", { cause: { name: 'RangeError' } }],
  ['throws a text', "() => { throw 'boom' }", { cause: 'boom' }],
  ['throws nothing', '() => { throw undefined }', {}],
  ['throws a symbol', "() => { throw Symbol('boom') }", {}],
  ['throws what cannot be printed', '() => { throw Object.create(null) }', {}],
  ['calls a service that throws', '({ services }) => services.bad.fail()', {}],
  ['calls a service that is not lent', '({ services }) => services.none.get()', {}],
]

describe.each(failures)('an onLoad that %s', { tags: ['once'] }, (_what, body, expected) => {
  const services = {
    bad: {
      fail: () => {
        throw new Error('no service today')
      },
    },
  } as unknown as Services
  const refusal = (file: string): object => ({
    code: 'ON_LOAD_FAILED',
    file,
    version: '2',
    message: expect.stringContaining(file) as string,
    ...expected,
  })

  test('refuses load, upgrade and the code that would begin with it', async () => {
    const versions = [{}, { fields: `${from1} onLoad: ${body},` }]
    const { runtime, code, file } = await start(versions, { services })
    const ref = await code.spawn()
    const { isolates } = runtime
    const { threadId } = await ref.inspect()
    expect(await rejection(runtime.load(file(2)))).toMatchObject(refusal(file(2)))
    expect(await rejection(code.load(file(2)))).toMatchObject(refusal(file(2)))
    const upgrade = await rejection(code.upgrade(file(2)))
    expect(upgrade).toMatchObject({ ...refusal(file(2)), phase: 'load' })
    expect(upgrade).toBeInstanceOf(MoultError)
    expect(await ref.call('number', 1)).toBe(1)
    expect((await ref.inspect()).threadId).toBe(threadId)
    expect((await code.versions()).map(({ version }) => version)).toEqual(['1'])
    await expect.poll(() => runtime.isolates).toBe(isolates)
  })
})

test('an onLoad that fails in a later isolate refuses the spawn, and the upgrade at its open', async () => {
  // The second isolate to load it is the second spawn's, or the upgrade's.
  let count = 0
  const services = { book: { count: () => ++count } } as unknown as Services
  const fails = `onLoad: async ({ services }) => {
    if (await services.book.count() === 2) throw new Error('only once')
  },`
  const { runtime, code, file } = await start([{ fields: fails }, { fields: from1 + fails }], {
    services,
  })
  const ref = await code.spawn()
  expect(await rejection(code.spawn())).toMatchObject({ code: 'ON_LOAD_FAILED', file: file(1) })
  const other = await code.spawn()
  count = 0
  expect(await rejection(code.upgrade(file(2)))).toMatchObject({
    code: 'ON_LOAD_FAILED',
    phase: 'open',
    file: file(2),
  })
  expect([ref.version, other.version]).toEqual(['1', '1'])
  expect(await Promise.all([ref.call('number', 1), other.call('number', 2)])).toEqual([1, 2])
  await expect.poll(() => runtime.isolates).toBe(2)
})

test('a process whose onLoad fails after a crash is given up when it has been tried often enough', async () => {
  let isBad = false
  const services = { book: { isBad: () => isBad } } as unknown as Services
  const fields = `onLoad: async ({ services }) => {
    if (await services.book.isBad()) throw new Error('not again')
  },`
  const { runtime, code } = await start([{ fields }], { services })
  const ref = await code.spawn({ name: 'mortal', restart: { maxRestarts: 2 } })
  const stopped = new Promise((resolve) => runtime.once('stopped', resolve))
  isBad = true
  void rejection(ref.call('die'))
  const behind = rejection(ref.call('number', 1))
  expect(await stopped).toMatchObject({ process: 'mortal', error: { code: 'RESTART_LIMIT' } })
  const error = await behind
  expect(error).toMatchObject({ code: 'RESTART_LIMIT' })
  expect(isMoultError(error) && error.cause).toMatchObject({ code: 'ON_LOAD_FAILED' })
  await expect.poll(() => runtime.isolates).toBe(0)
})

const nap = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)'

test.each([
  ['never settles', '() => new Promise(() => undefined)', 'LOAD_TIMEOUT'],
  // Without a processor, which other tests need.
  ['loops for ever', `() => { for (;;) ${nap} }`, 'LOAD_TIMEOUT'],
  ['ends the thread', '() => process.exit(4)', 'ISOLATE_EXITED'],
])('an onLoad that %s is refused, and its thread goes', async (_what, body, expected) => {
  const versions = [{}, { fields: `${from1} onLoad: ${body},` }]
  const { runtime, code, file } = await start(versions, { loadTimeoutMs: 2000 })
  const ref = await code.spawn()
  const upgrade = code.upgrade(file(2))
  await expect(upgrade).rejects.toMatchObject({ code: expected, phase: 'load', file: file(2) })
  expect(await ref.call('number', 1)).toBe(1)
  await expect.poll(() => runtime.isolates, { timeout: 15_000 }).toBe(1)
})

test('what it logs goes to the runtime’s logger, with the version', async () => {
  const lines: [string, LogFields | undefined][] = []
  const logger = {
    ...silentLogger,
    warn: (message: string, fields?: LogFields) => void lines.push([message, fields]),
  }
  const fields = `onLoad: ({ log }) => log.warn('loading', { at: 5, odd: () => 1 }),`
  await start([{ fields }], { logger })
  await expect.poll(() => lines.length).toBe(1)
  expect(lines[0]).toEqual(['loading', expect.anything()])
})

test('its signal is aborted when the isolate leaves, and only then', async () => {
  const { lines, services } = booked()
  const fields = `onLoad: ({ version, signal, services }) => {
    signal.addEventListener('abort', () => void services.book.write(version + ' leaves'))
  },`
  const { code, file } = await start([{ fields }, { fields: from1 + fields }], { services })
  const ref = await code.spawn()
  await code.upgrade(file(2))
  expect(lines).toEqual(['1 leaves'])
  await ref.stop()
  expect(lines).toEqual(['1 leaves', '2 leaves'])
})
