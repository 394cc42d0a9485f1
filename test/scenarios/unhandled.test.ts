import { once } from 'node:events'
import type { Code, Runtime, RuntimeOptions, UnhandledError } from 'moult'
import { describe, expect, test } from 'vitest'
import { newProject } from '../support/project.ts'
import { silentLogger, testRuntime } from '../support/runtime.ts'
import { rejection } from './contract-programs.ts'

/** Each leaves an error with its own name unhandled, by another way. */
const ways = {
  reject: `void Promise.reject(new RangeError('reject'))`,
  throwLater: `void (async () => { await null; throw new RangeError('throwLater') })()`,
  timer: `setTimeout(() => { throw new RangeError('timer') }, 1)`,
  immediate: `setImmediate(() => { throw new RangeError('immediate') })`,
  nextTick: `process.nextTick(() => { throw new RangeError('nextTick') })`,
  microtask: `queueMicrotask(() => { throw new RangeError('microtask') })`,
  callback: `readFile(import.meta.filename ?? '/', () => { throw new RangeError('callback') })`,
  listener: `const source = new EventEmitter()
    source.on('news', () => { throw new RangeError('listener') })
    setTimeout(() => source.emit('news'), 1)`,
  errorEvent: `setTimeout(() => new EventEmitter().emit('error', new RangeError('errorEvent')), 1)`,
  signal: `const own = new AbortController()
    own.signal.addEventListener('abort', () => { throw new RangeError('signal') })
    own.abort()`,
  service: `void context.services.desk.refuse('service')`,
  otherProcess: `void context.call('nobody', 'otherProcess')`,
}

const program = `
import { EventEmitter } from 'node:events'
import { readFile } from 'node:fs'
const ways = {
  ${Object.entries(ways)
    .map(([name, body]) => `${name}: (context) => { ${body} },`)
    .join('\n  ')}
}
const leave = (state, way, context) => { ways[way](context); return ++state.count }
export default {
  version: '1',
  init: (args) => ({ count: args.start }),
  calls: {
    leave,
    leaveLater: async (state, way, context) => { await null; return leave(state, way, context) },
    get: (state) => state.count,
    watch: (state, _none, { signal }) => {
      signal.addEventListener('abort', () => { throw new RangeError('at the end') })
    },
    watchLeaving: (state, _none, { leaving }) => new Promise((resolve) => {
      leaving.addEventListener('abort', () => { resolve(); throw new RangeError('leaving') })
    }),
    die: () => process.exit(3),
    linger: () => { globalThis.end = () => 1; setTimeout(() => { throw new RangeError('lingered') }, 50) },
  },
  casts: { drop: leave },
}
`

interface State {
  count: number
}

interface Program {
  readonly version: string
  readonly init: (args: { start: number }) => State
  readonly calls: {
    readonly leave: (state: State, way: string) => number
    readonly leaveLater: (state: State, way: string) => number
    readonly get: (state: State) => number
    readonly watch: (state: State) => void
    readonly watchLeaving: (state: State) => Promise<void>
    readonly die: (state: State) => void
    readonly linger: (state: State) => void
  }
  readonly casts: { readonly drop: (state: State, way: string) => void }
}

const desk = {
  refuse: (text: string): never => {
    throw new RangeError(text)
  },
}

async function start(
  isolates: number | 'per-process',
  options: RuntimeOptions = {},
): Promise<{ runtime: Runtime; code: Code<Program> }> {
  const root = await newProject({ 'v1.js': program })
  const services = { desk } as unknown as NonNullable<RuntimeOptions['services']>
  const runtime = await testRuntime({ services, exitGraceMs: 500, ...options })
  const code = await runtime.load<Program>(`${root}/v1.js`, { name: 'program', isolates })
  return { runtime, code }
}

async function nextUnhandled(runtime: Runtime): Promise<UnhandledError> {
  const [event] = (await once(runtime, 'unhandled')) as [UnhandledError]
  return event
}

describe.each([1, 'per-process'] as const)('where isolates is %s', (isolates) => {
  test('what a handler leaves unhandled is told of its process and its message, whichever way, and no state is lost', async () => {
    const { runtime, code } = await start(isolates)
    const crashed: unknown[] = []
    runtime.on('crashed', (event) => crashed.push(event))
    const [one, two] = [
      await code.spawn({ name: 'one', args: { start: 10 } }),
      await code.spawn({ name: 'two', args: { start: 20 } }),
    ]
    let count = 10
    for (const way of Object.keys(ways)) {
      for (const name of ['leave', 'leaveLater'] as const) {
        const told = nextUnhandled(runtime)
        expect(await one.call(name, way)).toBe(++count)
        await two.call('get')
        const event = await told
        const about = { process: 'one', codeName: 'program', version: '1', during: 'call', name }
        expect(event, way).toMatchObject(about)
        const error = event.error as Error
        if (way === 'otherProcess') expect(error).toMatchObject({ code: 'UNKNOWN_PROCESS' })
        else expect([error.name, error.message]).toEqual(['RangeError', way])
      }
    }
    expect([await one.call('get'), await two.call('get')]).toEqual([count, 20])
    expect((await one.inspect()).totals).toMatchObject({ failed: count - 10, restarts: 0 })
    expect(crashed).toEqual([])
  })
})

test('a cast is named as one, and a thousand neighbours keep their states', async () => {
  const { runtime, code } = await start(1)
  const refs = await Promise.all(
    Array.from({ length: 1000 }, (_none, start) => code.spawn({ args: { start } })),
  )
  const told = nextUnhandled(runtime)
  refs[500]!.cast('drop', 'timer')
  expect(await told).toMatchObject({ process: refs[500]!.id, during: 'cast', name: 'drop' })
  const counts = await Promise.all(refs.map((ref) => ref.call('get')))
  expect(counts).toEqual(counts.map((_count, index) => (index === 500 ? 501 : index)))
})

test('what a process has left behind is told of it when it has stopped, and harms nobody who has its place', async () => {
  const { runtime, code } = await start(1)
  const one = await code.spawn({ name: 'one', args: { start: 1 } })
  const two = await code.spawn({ name: 'two', args: { start: 2 } })
  const told = nextUnhandled(runtime)
  await one.call('linger')
  await one.stop()
  const three = await code.spawn({ name: 'three', args: { start: 3 } })
  expect(await told).toMatchObject({ process: 'one', codeName: 'program', name: 'linger' })
  expect([await two.call('get'), await three.call('get')]).toEqual([2, 3])
  expect((await three.inspect()).totals.failed).toBe(0)
})

test.each(['watch', 'watchLeaving'] as const)(
  'a listener that throws as its process leaves harms nobody (%s)',
  async (name) => {
    const { runtime, code } = await start(1)
    const one = await code.spawn({ name: 'one', args: { start: 1 } })
    const two = await code.spawn({ name: 'two', args: { start: 2 } })
    const watching = one.call(name)
    await two.call('get')
    const told = nextUnhandled(runtime)
    await one.stop({ drain: false })
    await watching
    expect(await told).toMatchObject({ process: 'one', during: 'abort' })
    expect(await two.call('get')).toBe(2)
  },
)

test('without a listener it is a line of the log', async () => {
  const lines: unknown[] = []
  const error = (message: string, fields: object): void => void lines.push([message, fields])
  const { code } = await start(1, { logger: { ...silentLogger, error } })
  const one = await code.spawn({ name: 'one', args: { start: 1 } })
  await one.call('leave', 'reject')
  await expect.poll(() => lines.length).toBe(1)
  const about = { process: 'one', codeName: 'program', version: '1', during: 'call', name: 'leave' }
  expect(lines[0]).toEqual(['one left an error unhandled: reject', expect.objectContaining(about)])
})

test("with onUnhandled: 'exit' it ends the thread, with the error as the cause, and counts against the process that started it alone", async () => {
  const { runtime, code } = await start(1, { onUnhandled: 'exit' })
  const restart = { maxRestarts: 1, withinMs: 600_000 }
  const [bad, good] = [
    await code.spawn({ name: 'bad', args: { start: 1 }, restart }),
    await code.spawn({ name: 'good', args: { start: 2 }, restart: { ...restart, maxRestarts: 0 } }),
  ]
  const stopped = once(runtime, 'stopped')
  const crashes: unknown[] = []
  runtime.on('crashed', ({ process, error }) => {
    if (process === 'bad') crashes.push(error.cause)
  })
  for (const way of ['timer', 'reject']) {
    const restarted = once(runtime, way === 'timer' ? 'restarted' : 'stopped')
    await rejection(bad.call('leave', way))
    await restarted
  }
  expect(await stopped).toMatchObject([{ process: 'bad', error: { code: 'RESTART_LIMIT' } }])
  expect(crashes).toMatchObject([{ message: 'timer' }, { message: 'reject' }])
  expect(await good.call('get')).toBe(2)
})

test('code that listens to unhandled errors itself has handled them', async () => {
  const root = await newProject({
    'v1.js': `const heard = []
      process.on('unhandledRejection', (reason) => heard.push(reason.message))
      process.on('uncaughtException', (error) => heard.push(error.message))
      export default {
        version: '1',
        init: () => ({}),
        calls: {
          leave: () => {
            void Promise.reject(new Error('a rejection'))
            setImmediate(() => { throw new Error('an error') })
          },
          heard: () => heard,
        },
      }`,
  })
  const runtime = await testRuntime()
  const told: unknown[] = []
  runtime.on('unhandled', (event) => told.push(event))
  const code = await runtime.load<Listening>(`${root}/v1.js`)
  const ref = await code.spawn()
  await ref.call('leave')
  await expect.poll(() => ref.call('heard')).toEqual(['a rejection', 'an error'])
  expect(told).toEqual([])
})

interface Listening {
  readonly version: string
  readonly init: () => object
  readonly calls: { readonly leave: () => void; readonly heard: () => string[] }
}

describe('while a version is loaded', () => {
  const rest = `init: () => ({}), calls: { get: () => 1 }`

  test.each([
    ['a rejection of its modules', `void Promise.reject(new RangeError('no'))`, ''],
    [
      'an error that is thrown while it is awaited',
      `setTimeout(() => { throw new RangeError('no') }, 1); await new Promise(() => {})`,
      '',
    ],
    ['a rejection of onLoad', '', `onLoad: () => void Promise.reject(new RangeError('no')),`],
  ])('%s refuses it', async (_what, top, fields) => {
    const root = await newProject({
      'v1.js': `${top}\nexport default { version: '1', ${fields} ${rest} }`,
    })
    const runtime = await testRuntime()
    const error = await rejection(runtime.load(`${root}/v1.js`))
    expect(error).toMatchObject({ code: 'LOAD_FAILED', cause: { name: 'RangeError' } })
    await expect.poll(() => runtime.isolates).toBe(0)
  })

  test('what its modules have started and what fails later is told of the code', async () => {
    const top = `setTimeout(() => { throw new RangeError('much later') }, 100)`
    const root = await newProject({
      'v1.js': `${top}\nexport default { version: '1', ${rest} }`,
    })
    const runtime = await testRuntime()
    const told = nextUnhandled(runtime)
    const code = await runtime.load<Loaded>(`${root}/v1.js`, { name: 'later' })
    const ref = await code.spawn()
    const event = await told
    expect(event).toMatchObject({ codeName: 'later', version: '1', during: 'load' })
    expect(event.process).toBeUndefined()
    expect(await ref.call('get')).toBe(1)
  })
})

interface Loaded {
  readonly version: string
  readonly init: () => object
  readonly calls: { readonly get: () => number }
}

test.each([
  ['an error', `setImmediate(() => { throw new RangeError('no') })`],
  ['a rejection', `void Promise.reject(new RangeError('no'))`],
])(
  '%s that init, codeChange or downgrade leaves unhandled while it is waited for fails it, and nothing else',
  async (_what, body) => {
    const wait = `{ ${body}; return new Promise(() => undefined) }`
    const source = (version: string, fields: string): string => `export default {
      version: '${version}',
      init: (args) => ${wait.replace('{', '{ if (args !== undefined) return { count: args.start };')},
      calls: { get: (state) => ++state.count },
      ${fields}
    }`
    const root = await newProject({
      'v1.js': source('1', ''),
      'v2.js': source('2', `codeChange: { '1': () => ${wait} }`),
      'v3.js': source(
        '3',
        `codeChange: { '1': (state) => state }, downgrade: { '1': () => ${wait} }`,
      ),
    })
    const runtime = await testRuntime()
    const told: unknown[] = []
    runtime.on('unhandled', (event) => told.push(event))
    const code = await runtime.load<Made>(`${root}/v1.js`, { isolates: 1 })
    const ref = await code.spawn({ args: { start: 0 } })
    const cause = { name: 'RangeError', message: 'no' }
    const bad = code.spawn({ args: undefined as never })
    expect(await rejection(bad)).toMatchObject({ code: 'INIT_FAILED', cause })
    for (const rehearse of [true, false]) {
      const upgrade = code.upgrade(`${root}/v2.js`, { rehearse })
      expect(await rejection(upgrade)).toMatchObject({ code: 'CODE_CHANGE_FAILED', cause })
    }
    await code.upgrade(`${root}/v3.js`)
    const downgrade = code.downgrade('1')
    expect(await rejection(downgrade)).toMatchObject({ code: 'DOWNGRADE_FAILED', cause })
    expect([ref.version, await ref.call('get')]).toEqual(['3', 1])
    expect(told).toEqual([])
  },
)

interface Made {
  readonly version: string
  readonly init: (args: { start: number }) => { count: number }
  readonly calls: { readonly get: (state: { count: number }) => number }
}
