import { describe, expect, test } from 'vitest'
import type { Code, FaultPoint, ProcessRef, Runtime, SpawnOptions } from 'moult'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { rejection } from './contract-programs.ts'

interface State {
  count: number
}

interface Program {
  readonly version: string
  readonly init: (args: { to?: string } | undefined) => State
  readonly calls: {
    readonly add: (state: State, by: number) => number
    readonly use: (state: State, call: readonly unknown[]) => unknown
    readonly wait: (state: State) => Promise<void>
    readonly die: (state: State) => void
  }
}

function program(version: string): string {
  return `export default {
    version: '${version}',
    init: (args, context) => {
      if (args?.to !== undefined) context.link(args.to)
      return { count: 0 }
    },
    codeChange: { 1: 'unchanged' },
    downgrade: { 1: 'unchanged' },
    calls: {
      add: (state, by) => (state.count += by),
      use: (_state, [name, ...given], { [name]: taken }) => taken(...given),
      wait: () => new Promise(() => undefined),
      die: () => process.exit(3),
    },
  }`
}

interface World {
  readonly runtime: Runtime
  readonly code: Code<Program>
  /** In threads of its own: what dies there takes nothing else along. */
  readonly other: Code<Program>
  readonly root: string
  readonly crashed: { process: string; error: unknown }[]
}

async function world(
  isolates: 'per-process' | number,
  faultPoint: FaultPoint = () => undefined,
): Promise<World> {
  const root = await newProject({
    'v1.js': program('1'),
    'v2.js': program('2'),
    'bad.js': program('3').replace(`1: 'unchanged'`, '1: () => { throw new TypeError() }'),
  })
  const runtime = await testRuntime({ exitGraceMs: 100, faultPoint })
  const crashed: World['crashed'] = []
  runtime.on('crashed', (event) => crashed.push(event))
  const code = await runtime.load<Program>(`${root}/v1.js`, { isolates })
  const other = await runtime.load<Program>(`${root}/v1.js`, { isolates, name: 'other' })
  return { runtime, code, other, root, crashed }
}

type Pair = readonly [a: ProcessRef<Program>, b: ProcessRef<Program>]

/** Processes a and b, linked, that have counted 1 and 2. */
async function pair(
  { code, other }: World,
  restart: SpawnOptions<unknown>['restart'] = {},
): Promise<Pair> {
  const a = await code.spawn({ name: 'a', restart })
  const b = await other.spawn({ name: 'b', restart })
  await a.call('use', ['link', 'b'])
  await Promise.all([a.call('add', 1), b.call('add', 2)])
  return [a, b]
}

function counts(...refs: readonly ProcessRef<Program>[]): Promise<number[]> {
  return Promise.all(refs.map((each) => each.call('add', 0)))
}

describe.each(['per-process', 1] as const)('isolates: %s', (isolates) => {
  test.each(['a', 'b'])('where %s dies, both begin anew, once', async (dying) => {
    const at = await world(isolates)
    const [a, b] = await pair(at)
    await rejection((dying === 'a' ? a : b).call('die'))
    await expect.poll(() => counts(a, b)).toEqual([0, 0])
    const left = dying === 'a' ? 'b' : 'a'
    expect(at.crashed).toMatchObject([
      { process: dying, error: { code: 'ISOLATE_EXITED' } },
      { process: left, error: { code: 'LINKED_EXIT', cause: { code: 'ISOLATE_EXITED' } } },
    ])
    // The link has ended with the states.
    await Promise.all([a.call('add', 1), b.call('add', 2)])
    await rejection(a.call('die'))
    await expect.poll(() => counts(a, b)).toEqual([0, 2])
  })

  test('what a linked process was at fails, and what waits is handled by its next life', async () => {
    const at = await world(isolates)
    const [a, b] = await pair(at)
    const waiting = rejection(b.call('wait'))
    const behind = b.call('add', 5)
    await rejection(a.call('die'))
    expect(await waiting).toMatchObject({ code: 'PROCESS_STOPPED', cause: { code: 'LINKED_EXIT' } })
    expect(await behind).toBe(5)
  })

  test('one that is not restarted has ended for the link', async () => {
    const at = await world(isolates)
    const [a, b] = await pair(at, { policy: 'temporary' })
    await rejection(b.call('die'))
    expect(await b.exited).toMatchObject({ reason: 'crashed' })
    const error = { code: 'PROCESS_STOPPED', cause: { code: 'LINKED_EXIT' } }
    expect(await a.exited).toMatchObject({ reason: 'linked', error })
  })

  test('a stop is no death, and one that was given up is', async () => {
    const at = await world(isolates)
    const [a, b] = await pair(at)
    await b.stop()
    expect(await counts(a)).toEqual([1])
    const next = await at.other.spawn({ name: 'b' })
    await a.call('use', ['link', 'b'])
    const waiting = rejection(next.call('wait'))
    await next.stop({ timeoutMs: 1 })
    await waiting
    await expect.poll(() => counts(a)).toEqual([0])
    expect((await next.exited).reason).toBe('killed')
  })

  test('a link that was ended takes nothing along', async () => {
    const at = await world(isolates)
    const [a, b] = await pair(at)
    await b.call('use', ['unlink', 'a'])
    await b.call('use', ['unlink', 'nobody'])
    await rejection(a.call('die'))
    await expect.poll(() => counts(a, b)).toEqual([0, 2])
  })

  test('links outlive an upgrade, a failed one and a roll back', async () => {
    const at = await world(isolates)
    const [a, b] = await pair(at)
    await at.code.upgrade(`${at.root}/v2.js`)
    await rejection(at.code.upgrade(`${at.root}/bad.js`))
    await at.other.upgrade(`${at.root}/v2.js`)
    await at.code.rollBack()
    expect(await counts(a, b)).toEqual([1, 2])
    await rejection(a.call('die'))
    await expect.poll(() => counts(a, b)).toEqual([0, 0])
    expect([a.version, b.version]).toEqual(['1', '2'])
  })

  test('one that dies while the other is moved takes it along behind the move', async () => {
    let die: () => Promise<unknown> = () => Promise.resolve()
    const at = await world(isolates, async (phase) => {
      if (phase === 'transfer') await die()
    })
    const [a, b] = await pair(at)
    die = () => rejection(a.call('die'))
    await b.upgrade(`${at.root}/v2.js`)
    await expect.poll(() => counts(a, b)).toEqual([0, 0])
    expect(b.version).toBe('2')
  })

  test('init links anew: three in a chain die together each time', async () => {
    const at = await world(isolates)
    const a = await at.other.spawn({ name: 'a' })
    const b = await at.code.spawn({ name: 'b', args: { to: 'a' } })
    const c = await at.code.spawn({ name: 'c', args: { to: 'b' } })
    for (let round = 1; round <= 2; round++) {
      await Promise.all([a, b, c].map((each) => each.call('add', round)))
      await rejection(a.call('die'))
      await expect.poll(() => counts(a, b, c)).toEqual([0, 0, 0])
    }
  })

  test('a process that links itself with none dies of it, as often as it may', async () => {
    const at = await world(isolates)
    const restart = { maxRestarts: 2, withinMs: 60_000 }
    const ref = await at.code.spawn({ name: 'a', args: { to: 'nobody' }, restart })
    const cause = { code: 'LINKED_EXIT', cause: { code: 'UNKNOWN_PROCESS' } }
    const error = { code: 'RESTART_LIMIT', cause }
    expect(await ref.exited).toMatchObject({ reason: 'restart-limit', error })
    expect(at.crashed).toHaveLength(3)
  })

  test('a supervisor makes good what has died of a link', async () => {
    const at = await world(isolates)
    const outside = await at.other.spawn({ name: 'outside' })
    const { children } = await at.runtime.supervise({
      strategy: 'one-for-all',
      children: [
        { code: at.code, name: 'a', args: undefined },
        { code: at.code, name: 'b', args: undefined },
      ],
    })
    await children[0].call('use', ['link', 'outside'])
    await Promise.all(children.map((each) => each.call('add', 1)))
    await rejection(outside.call('die'))
    await expect.poll(() => counts(...children, outside)).toEqual([0, 0, 0])
  })
})

test('a process may link itself with itself, which says nothing', async () => {
  const at = await world('per-process')
  const ref = await at.code.spawn({ name: 'a' })
  await ref.call('use', ['link', 'a'])
  await ref.call('use', ['link', ref.id])
  expect(await counts(ref)).toEqual([0])
  expect(at.crashed).toEqual([])
})
