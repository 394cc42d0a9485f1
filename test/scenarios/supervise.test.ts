import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { ChildRestart, Code, ProcessRef, Runtime, Services, Strategy } from 'moult'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { rejection } from './contract-programs.ts'
import { TestGates } from './gates.ts'

interface State {
  count: number
}

interface Program {
  readonly version: string
  readonly init: (args: { name: string; gate?: boolean }) => Promise<State>
  readonly calls: {
    readonly add: (state: State, by: number) => number
    readonly die: (state: State) => void
    readonly wait: (state: State) => Promise<void>
    readonly pass: (state: State, gate: string) => Promise<number>
    readonly ask: (state: State, name: string) => Promise<number>
    readonly version: (state: State) => string
  }
}

/** Says what begins and ends, through a service. */
function program(version: string): string {
  return `export default {
    version: '${version}',
    init: async ({ name }, { services }) => {
      if (await services.events.add('+' + name)) throw new RangeError('not today')
      return { count: 0 }
    },
    codeChange: { 1: 'unchanged' },
    downgrade: { 1: 'unchanged' },
    live: {
      open: () => ({}),
      close: () => undefined,
    },
    calls: {
      add: (state, by) => (state.count += by),
      die: () => process.exit(3),
      wait: () => new Promise(() => undefined),
      pass: async (state, gate, { services }) => { await services.gates.pass(gate); return ++state.count },
      ask: (_state, name, { call }) => call(name, 'add', 0),
      version: () => '${version}',
    },
  }`
}

interface World {
  readonly runtime: Runtime
  readonly code: Code<Program>
  readonly other: Code<Program>
  readonly gates: TestGates
  readonly root: string
  /** What has begun, in order. */
  readonly events: string[]
  /** Names whose `init` fails. */
  readonly failing: Set<string>
}

async function world(isolates: 'per-process' | number): Promise<World> {
  const root = await newProject({ 'v1.js': program('1'), 'v2.js': program('2') })
  const gates = new TestGates()
  const events: string[] = []
  const failing = new Set<string>()
  const add = (event: string): boolean => {
    events.push(event)
    return failing.has(event.slice(1))
  }
  const services = { ...gates.services, events: { add } } as Partial<Services> as Services
  const runtime = await testRuntime({ services, exitGraceMs: 200 })
  runtime.on('stopped', ({ process }) => events.push(`-${process}`))
  const code = await runtime.load<Program>(`${root}/v1.js`, { isolates })
  const other = await runtime.load<Program>(`${root}/v1.js`, { isolates, name: 'other' })
  return { runtime, code, other, gates, root, events, failing }
}

/** Children a, b and c, of two codes. */
async function family(
  { runtime, code, other }: World,
  options: { strategy?: Strategy; maxRestarts?: number; restart?: ChildRestart } = {},
) {
  const { restart = 'permanent', ...rest } = options
  const shutdown = { timeoutMs: 5_000 }
  const supervisor = await runtime.supervise({
    withinMs: 60_000,
    ...rest,
    children: [
      { code, name: 'a', args: { name: 'a' }, restart, shutdown },
      { code: other, name: 'b', args: { name: 'b' }, restart, shutdown },
      { code, name: 'c', args: { name: 'c' }, restart, shutdown },
    ],
  })
  const [a, b, c] = supervisor.children
  for (const [at, each] of [a, b, c].entries()) await each.call('add', 10 * (at + 1))
  return { supervisor, a, b, c }
}

/** What each counts. One that was made anew counts from 0. */
function counts(...refs: readonly ProcessRef<Program>[]): Promise<number[]> {
  return Promise.all(refs.map((each) => each.call('add', 0)))
}

describe.each(['per-process', 1] as const)('isolates: %s', (isolates) => {
  test('children start in order and stop in reverse order', async () => {
    const at = await world(isolates)
    const { supervisor, a, b, c } = await family(at)
    expect(at.events).toEqual(['+a', '+b', '+c'])
    expect(await counts(a, b, c)).toEqual([10, 20, 30])
    await supervisor.stop()
    expect(at.events).toEqual(['+a', '+b', '+c', '-c', '-b', '-a'])
    expect(await supervisor.exited).toEqual({ process: 'supervisor', reason: 'normal' })
    expect(await b.exited).toEqual({ process: 'b', reason: 'shutdown' })
    expect(at.runtime.processes()).toEqual([])
  })

  test('where one cannot be started, those before it are stopped', async () => {
    const at = await world(isolates)
    at.failing.add('c')
    expect(await rejection(family(at))).toMatchObject({ code: 'INIT_FAILED', process: 'c' })
    expect(at.events).toEqual(['+a', '+b', '+c', '-b', '-a'])
    at.failing.clear()
    await family(at)
  })

  // In one thread a and c die together: the code of b has a thread of its own.
  test.each([
    ['one-for-one', ['+b'], [10, 0, 30]],
    ['rest-for-one', ['+b', '+c'], [10, 0, 0]],
    ['one-for-all', ['+a', '+b', '+c'], [0, 0, 0]],
  ] as const)('%s: %j begin anew where b has died', async (strategy, begun, left) => {
    const at = await world(isolates)
    const { supervisor, a, b, c } = await family(at, { strategy })
    at.events.length = 0
    const ids = supervisor.children.map(({ id }) => id)
    const dying = rejection(b.call('die'))
    const behind = b.call('add', 0)
    expect(await dying).toMatchObject({ code: 'ISOLATE_EXITED' })
    // What waits is handled by the next incarnation.
    expect(await behind).toBe(0)
    await expect.poll(() => at.events).toEqual(begun)
    await expect.poll(() => counts(a, b, c)).toEqual(left)
    expect(supervisor.children.map(({ id }) => id)).toEqual(ids)
    expect(at.runtime.whereis('b')?.id).toBe(b.id)
  })

  test('what the others were at fails, also where it waits for the one that died, and what waits is handled', async () => {
    const at = await world(isolates)
    const { runtime, code, other } = at
    const supervisor = await runtime.supervise({
      strategy: 'one-for-all',
      children: [
        { code: other, name: 'a', args: { name: 'a' } },
        { code, args: { name: 'b' } },
        { code, args: { name: 'c' } },
      ],
    })
    const [a, b, c] = supervisor.children
    const passing = rejection(a.call('pass', 'gate'))
    await at.gates.reached('gate')
    const waiting = [b.call('ask', 'a'), c.call('wait')].map(rejection)
    const behind = [b.call('add', 1), c.call('add', 2)]
    const dying = rejection(a.call('die'))
    at.gates.open('gate')
    await Promise.all([passing, dying])
    const error = { code: 'PROCESS_STOPPED', cause: { code: 'ISOLATE_EXITED' } }
    expect(await Promise.all(waiting)).toMatchObject([error, error])
    expect(await Promise.all(behind)).toEqual([1, 2])
  })

  test('one death too many ends the supervisor with all its children', async () => {
    const at = await world(isolates)
    const { supervisor, a, b, c } = await family(at, { maxRestarts: 1 })
    const restarted = once(at.runtime, 'restarted')
    await rejection(b.call('die'))
    await restarted
    const dying = rejection(b.call('die'))
    const behind = rejection(b.call('add', 0))
    await dying
    const error = { code: 'RESTART_LIMIT', process: 'b', cause: { code: 'ISOLATE_EXITED' } }
    expect(await supervisor.exited).toMatchObject({ reason: 'restart-limit', error })
    expect(await behind).toMatchObject(error)
    expect(await b.exited).toMatchObject({ reason: 'restart-limit', error })
    expect([await a.exited, await c.exited]).toMatchObject([
      { reason: 'shutdown' },
      { reason: 'shutdown' },
    ])
    expect(at.events.slice(-3)).toEqual(['-b', '-c', '-a'])
    await supervisor.stop()
  })

  test('an init that fails is tried again, and counts', async () => {
    const at = await world(isolates)
    const { supervisor, b } = await family(at, { strategy: 'rest-for-one', maxRestarts: 3 })
    at.events.length = 0
    at.failing.add('c')
    await rejection(b.call('die'))
    const exit = await supervisor.exited
    expect(exit).toMatchObject({ error: { code: 'RESTART_LIMIT', cause: { code: 'INIT_FAILED' } } })
    expect(at.events).toEqual(['+b', '+c', '+c', '+c', '-c', '-b', '-a'])
  })

  test.each([
    ['permanent', 'another one'],
    ['transient', 'none'],
    ['temporary', 'none'],
  ] as const)('behind a stop of a %s child there is %s of its name', async (restart, then) => {
    const at = await world(isolates)
    const { supervisor, b } = await family(at, { restart })
    await b.stop()
    if (then === 'another one') {
      await expect.poll(() => at.runtime.whereis('b')?.id).toBeDefined()
      const [, next] = supervisor.children
      expect(next.id).not.toBe(b.id)
      expect(await counts(next)).toEqual([0])
    }
    await supervisor.stop()
    expect(at.events.filter((each) => each === '+b')).toHaveLength(then === 'none' ? 1 : 2)
  })

  test('a temporary child that dies stays dead, and the others go on', async () => {
    const at = await world(isolates)
    const { a, b, c } = await family(at, { restart: 'temporary', strategy: 'one-for-all' })
    await rejection(b.call('die'))
    expect(await b.exited).toMatchObject({ reason: 'crashed', error: { code: 'PROCESS_STOPPED' } })
    expect(await counts(a, c)).toEqual([10, 30])
  })

  test('children are upgraded, rolled back and made anew on the version that ran', async () => {
    const at = await world(isolates)
    const { a, b, c } = await family(at, { strategy: 'one-for-all' })
    await at.code.upgrade(`${at.root}/v2.js`)
    expect(await counts(a, b, c)).toEqual([10, 20, 30])
    await rejection(b.call('die'))
    await expect.poll(() => counts(a, b, c)).toEqual([0, 0, 0])
    expect([a.version, b.version, c.version]).toEqual(['2', '1', '2'])
    await at.code.rollBack()
    expect(await a.call('version')).toBe('1')
    expect(await rejection(at.code.upgrade('none'))).toMatchObject({ code: 'UNKNOWN_VERSION' })
    await rejection(a.call('die'))
    await expect.poll(() => at.events.filter((each) => each === '+c').length).toBe(3)
  })

  test('unload ends the children of a code, and the others go on', async () => {
    const at = await world(isolates)
    const { supervisor, a, c } = await family(at)
    await at.other.unload()
    expect(await counts(a, c)).toEqual([10, 30])
    expect(at.events).toEqual(['+a', '+b', '+c', '-b'])
    await supervisor.stop()
  })

  test('close ends supervisors first, the last one first', async () => {
    const at = await world(isolates)
    const { supervisor } = await family(at)
    const second = await at.runtime.supervise({
      children: [{ code: at.code, name: 'd', args: { name: 'd' } }],
    })
    await at.code.spawn({ name: 'e', args: { name: 'e' } })
    at.events.length = 0
    await at.runtime.close()
    expect(at.events).toEqual(['-d', '-c', '-b', '-a', '-e'])
    expect((await supervisor.exited).reason).toBe('shutdown')
    expect((await second.exited).reason).toBe('shutdown')
    expect(await rejection(at.runtime.supervise({ children: [] }))).toMatchObject({
      code: 'INVALID_OPTION',
    })
    const late = at.runtime.supervise({ children: [{ code: at.code, args: { name: 'a' } }] })
    expect(await rejection(late)).toMatchObject({ code: 'RUNTIME_CLOSED' })
  })
})

test('a process that dies in a shared thread counts once, for itself', async () => {
  const at = await world(1)
  const { supervisor, a, b, c } = await family(at, { maxRestarts: 1, strategy: 'one-for-one' })
  await rejection(a.call('die'))
  await expect.poll(() => counts(a, b, c)).toEqual([0, 20, 0])
  const [again] = supervisor.children
  await rejection(again.call('die'))
  expect((await supervisor.exited).reason).toBe('restart-limit')
})

test('what is no supervisor is refused with a code, and nothing is started', async () => {
  const at = await world('per-process')
  const { code } = at
  const args = { name: 'a' }
  const wrong: readonly (readonly [options: object, path: string])[] = [
    [{ children: [] }, 'children'],
    [{ children: {} }, 'children'],
    [{}, 'children'],
    [{ strategy: 'all', children: [{ code, args }] }, 'strategy'],
    [{ maxRestarts: -1, children: [{ code, args }] }, 'maxRestarts'],
    [{ withinMs: 'x', children: [{ code, args }] }, 'withinMs'],
    [{ intensity: 1, children: [{ code, args }] }, 'intensity'],
    [{ children: [{ code, args, restart: 'always' }] }, 'children[0].restart'],
    [{ children: [{ code, args, shutdown: { timeoutMs: -1 } }] }, 'children[0].shutdown.timeoutMs'],
    [{ children: [{ code, args, nmae: 1 }] }, 'children[0].nmae'],
    [
      {
        children: [
          { code, args },
          { code: {}, args },
        ],
      },
      'children[1].code',
    ],
    [{ children: [{ code, args: () => 1 }] }, 'children[0].args'],
  ]
  for (const [options, path] of wrong) {
    const error = await rejection(at.runtime.supervise(options as never))
    expect([error, options]).toMatchObject([{ name: 'MoultError', path }, {}])
  }
  const twice = [
    { code, name: 'a', args },
    { code, name: 'a', args },
  ] as const
  expect(await rejection(at.runtime.supervise({ children: twice }))).toMatchObject({
    code: 'NAME_TAKEN',
  })
  expect(at.runtime.processes()).toEqual([])
})
