import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { Code, FaultPoint, ProcessDown, ProcessRef, Runtime, RuntimeOptions } from 'moult'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { rejection } from './contract-programs.ts'
import { TestGates } from './gates.ts'

interface State {
  readonly log: unknown[]
}

interface Program {
  readonly version: string
  readonly init: (
    args: { watches?: string; gate?: string; fails?: boolean } | undefined,
  ) => Promise<State>
  readonly calls: {
    readonly log: (state: State) => unknown[]
    /** Calls a function of the context. */
    readonly use: (state: State, call: readonly unknown[]) => unknown
    readonly die: (state: State) => void
  }
  readonly casts: { readonly down: (state: State, down: unknown) => void }
}

/** A program that notes what it is told of others, with the version that was told. */
function program(version: string, extra = '', casts = ''): string {
  return `export default {
    version: '${version}',
    init: async (args, context) => {
      if (args?.watches !== undefined) context.monitor(args.watches, 'down', { name: 'from init' })
      if (args?.gate !== undefined) await context.services.gates.pass(args.gate)
      if (args?.fails) throw new RangeError('not today')
      return { log: [] }
    },
    calls: {
      log: ({ log }) => log,
      use: (_state, [name, ...given], context) => {
        const { [name]: taken } = context
        return taken(...given)
      },
      die: () => process.exit(3),
    },
    casts: { ${casts || `down: ({ log }, down) => void log.push(['${version}', down])`} },
    ${extra}
  }`
}

const same = `codeChange: { 1: 'unchanged' }, downgrade: { 1: 'unchanged' },`

interface Watched {
  readonly runtime: Runtime
  readonly code: Code<Program>
  readonly root: string
  readonly gates: TestGates
  /** Watches the other by `one`. */
  readonly watcher: ProcessRef<Program>
  readonly other: ProcessRef<Program>
}

const temporary = { policy: 'temporary' } as const

async function watched(
  isolates: 'per-process' | number,
  files: Record<string, string> = {},
  options: RuntimeOptions = {},
): Promise<Watched> {
  const root = await newProject({ 'v1.js': program('1'), ...files })
  const gates = new TestGates()
  const { services } = gates
  const runtime = await testRuntime({ services, exitGraceMs: 200, ...options })
  const code = await runtime.load<Program>(`${root}/v1.js`, { isolates })
  const other = await code.spawn({ name: 'other', restart: temporary })
  const watcher = await code.spawn({ name: 'watcher' })
  expect(await watch(watcher, 'other', 'one')).toBe('one')
  return { runtime, code, root, gates, watcher, other }
}

function watch(ref: ProcessRef<Program>, process: string, name: string): Promise<unknown> {
  return ref.call('use', ['monitor', process, 'down', { name }])
}

function told(ref: ProcessRef<Program>, ...lines: readonly [string, ProcessDown][]): Promise<void> {
  return expect.poll(() => ref.call('log')).toMatchObject(lines)
}

describe.each(['per-process', 2] as const)('isolates: %s', (isolates) => {
  test('a stop is told once, and a process that there is not at once', async () => {
    const { watcher, other } = await watched(isolates)
    await other.stop()
    const one = { monitor: 'one', process: 'other', reason: 'normal' } as const
    await told(watcher, ['1', one])
    await watch(watcher, 'other', 'two')
    const two = { monitor: 'two', process: 'other', reason: 'no-process' } as const
    await told(watcher, ['1', one], ['1', two])
    expect(await watcher.call('log')).toEqual([
      ['1', one],
      ['1', two],
    ])
  })

  test('a monitor by id tells the same, and one that has been ended tells nothing', async () => {
    const { watcher, other } = await watched(isolates)
    await watch(watcher, other.id, 'by id')
    await watcher.call('use', ['demonitor', 'one'])
    await watcher.call('use', ['demonitor', 'none'])
    await other.stop()
    await told(watcher, ['1', { monitor: 'by id', process: 'other', reason: 'normal' }])
  })

  test('a name replaces: the process that was monitored by it is monitored no more', async () => {
    const { code, watcher, other } = await watched(isolates)
    const third = await code.spawn({ name: 'third' })
    await watch(watcher, 'third', 'one')
    await other.stop()
    await third.stop()
    await told(watcher, ['1', { monitor: 'one', process: 'third', reason: 'normal' }])
  })

  test('a death is told with its error, which is data', async () => {
    const { watcher, other } = await watched(isolates)
    await rejection(other.call('die'))
    await expect.poll(async () => (await watcher.call('log')).length).toBeGreaterThan(0)
    const log = await watcher.call('log')
    const error = { code: 'PROCESS_STOPPED', message: 'other died and is not restarted' }
    const down = { monitor: 'one', process: 'other', reason: 'crashed', error }
    expect(log).toEqual([['1', down]])
    expect((await watcher.state()).log).toEqual(log)
  })

  test('a restart is told where the monitor asks for it, and the end behind it', async () => {
    const { runtime, code, watcher } = await watched(isolates)
    const again = await code.spawn({ name: 'again', restart: { maxRestarts: 1, withinMs: 60_000 } })
    // It shares a thread with the other, where threads are shared.
    await watcher.call('use', ['demonitor', 'one'])
    const restarts = { name: 'with restarts', restarts: true }
    await watcher.call('use', ['monitor', 'again', 'down', restarts])
    await watch(watcher, 'again', 'its end')
    const restarted = once(runtime, 'restarted')
    await rejection(again.call('die'))
    await restarted
    const first = { monitor: 'with restarts', process: 'again', reason: 'restarted' } as const
    await told(watcher, ['1', first])
    await rejection(again.call('die'))
    const end = { process: 'again', reason: 'restart-limit', error: { code: 'RESTART_LIMIT' } }
    await expect
      .poll(() => watcher.call('log'))
      .toMatchObject([
        ['1', first],
        ['1', { monitor: 'with restarts', ...end }],
        ['1', { monitor: 'its end', ...end }],
      ])
  })

  test('monitors outlive an upgrade, a roll back and a failed upgrade', async () => {
    const throws = `codeChange: { 1: () => { throw new TypeError('no') } },`
    const { code, root, watcher, other } = await watched(isolates, {
      'v2.js': program('2', same),
      'bad.js': program('3', throws),
    })
    await rejection(code.upgrade(`${root}/bad.js`))
    const report = await code.upgrade<Program>(`${root}/v2.js`)
    expect(report.mailboxAudit.byName['down']?.fit ?? 1).toBe(1)
    const third = await code.spawn({ name: 'third' })
    await watch(watcher, 'third', 'two')
    await other.stop()
    const one = { monitor: 'one', process: 'other', reason: 'normal' } as const
    await told(watcher, ['2', one])
    await code.rollBack()
    await third.stop()
    await told(watcher, ['2', one], ['1', { monitor: 'two', process: 'third', reason: 'normal' }])
  })

  test('what is told in the pause of an upgrade is handled by the version that follows', async () => {
    let stop: () => Promise<void> = () => Promise.resolve()
    const faultPoint: FaultPoint = (phase) => (phase === 'transfer' ? stop() : undefined)
    const { root, watcher, other } = await watched(
      isolates,
      { 'v2.js': program('2', same) },
      { faultPoint },
    )
    stop = () => other.stop()
    await watcher.upgrade(`${root}/v2.js`)
    await told(watcher, ['2', { monitor: 'one', process: 'other', reason: 'normal' }])
  })

  test('they end with the state of the process that has set them, and init sets its own', async () => {
    const { runtime, code, watcher, other } = await watched(isolates)
    const anew = await code.spawn({ name: 'anew', args: { watches: 'watcher' } })
    await watch(anew, 'other', 'one')
    const restarted = once(runtime, 'restarted')
    await rejection(anew.call('die'))
    await restarted
    await other.stop()
    await watcher.stop()
    await told(anew, ['1', { monitor: 'from init', process: 'watcher', reason: 'normal' }])
  })

  test('a process that makes its first state can be monitored, and its failure is told', async () => {
    const { code, gates, watcher } = await watched(isolates)
    const made = rejection(code.spawn({ name: 'late', args: { gate: 'late', fails: true } }))
    await gates.reached('late')
    await watch(watcher, 'late', 'two')
    gates.open('late')
    expect(await made).toMatchObject({ code: 'INIT_FAILED' })
    await told(watcher, ['1', { monitor: 'two', process: 'late', reason: 'init-failed' }])
  })
})

test('an upgrade is refused whose version lacks the cast of a monitor, and upcast renames it', async () => {
  const renamed = `ended: ({ log }, down) => void log.push(['3', down])`
  const upcast = `${same} upcast: { 1: { casts: { down: (payload) => ({ name: 'ended', payload }) } } },`
  const { code, root, watcher, other } = await watched('per-process', {
    'v2.js': program('2', same, 'none: () => undefined'),
    'v3.js': program('3', upcast, renamed),
  })
  expect(await rejection(code.upgrade(`${root}/v2.js`))).toMatchObject({ code: 'CALLS_REMOVED' })
  const report = await code.upgrade(`${root}/v3.js`, { allowRemoved: true })
  expect(report.mailboxAudit.byName['down']).toMatchObject({ upcast: 1 })
  await other.stop()
  await told(watcher, ['3', { monitor: 'one', process: 'other', reason: 'normal' }])
})

test('a close tells nothing to processes that are ending, and nothing is lost by that', async () => {
  const { runtime } = await watched('per-process')
  const failed: unknown[] = []
  runtime.on('castFailed', (event) => failed.push(event))
  await runtime.close()
  expect(failed).toEqual([])
})

test('what is no monitor is refused with a code, and nothing is set', async () => {
  const { watcher, other } = await watched('per-process')
  const wrong: readonly (readonly [given: readonly unknown[], error: object])[] = [
    [['other', 'dwon'], { code: 'UNKNOWN_CAST' }],
    [['other', 'log'], { code: 'UNKNOWN_CAST' }],
    [['other', 'down', { nmae: 'x' }], { path: 'options.nmae' }],
    [['other', 'down', { name: '' }], { path: 'name' }],
    [['other', 'down', { restarts: 1 }], { path: 'restarts' }],
    [['other', 'down', 'x'], { path: 'options' }],
  ]
  for (const [given, error] of wrong) {
    expect(await rejection(watcher.call('use', ['monitor', ...given]))).toMatchObject(error)
  }
  await other.stop()
  await told(watcher, ['1', { monitor: 'one', process: 'other', reason: 'normal' }])
})
