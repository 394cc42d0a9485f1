import type { ProcessRef, Runtime } from 'moult'
import { describe, expect, test } from 'vitest'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { told } from '../support/told-event.ts'
import { rejection } from './contract-programs.ts'

interface State {
  count: number
}

interface Program {
  readonly version: string
  readonly init: (args: { start: number; fails?: boolean }) => State
  readonly calls: {
    readonly add: (state: State, by: number) => number
    readonly get: (state: State) => readonly [version: string, count: number]
    readonly link: (state: State, process: string) => void
    readonly spoil: (state: State, value: unknown) => void
    readonly die: (state: State) => void
  }
}

type Ref = ProcessRef<Program>

function program(version: string, more = ''): string {
  return `
    const check = ({ count }) => (typeof count === 'number' ? { value: count } : { issues: [{ message: 'no number' }] })
    export default {
      version: '${version}',
      init: ({ start }) => ({ count: start }),
      codeChange: { 1: ({ count }) => ({ count: count + 100 }) },
      downgrade: { 1: ({ count }) => ({ count: count - 100 }) },
      schemas: { state: { '~standard': { version: 1, vendor: 'own', validate: check } } },
      calls: {
        add: (state, by) => (state.count += by),
        get: ({ count }) => ['${version}', count],
        link: (_state, process, context) => context.link(process),
        spoil: (state, value) => { state.count = value ?? (() => 1) },
        die: () => process.exit(7),
      },
      ${more}
    }`
}

async function world(): Promise<{ runtime: Runtime; file: (name: string) => string }> {
  const root = await newProject({
    'v1.js': program('1', 'checkpoint: { everyMessages: 1 }'),
    'v2.js': program('2', 'checkpoint: { everyMessages: 1 }'),
    'plain.js': program('1'),
  })
  const runtime = await testRuntime({ exitGraceMs: 200 })
  return { runtime, file: (name) => `${root}/${name}` }
}

async function die(ref: Ref): Promise<void> {
  expect(await rejection(ref.call('die'))).toMatchObject({ code: 'ISOLATE_EXITED' })
}

test('without checkpoints all that was handled is told as lost, in each life', async () => {
  const { runtime, file } = await world()
  const code = await runtime.load<Program>(file('plain.js'))
  const ref = await code.spawn({ args: { start: 0 } })
  for (const lost of [
    { count: 2, from: 0, to: 1 },
    { count: 2, from: 3, to: 4 },
  ]) {
    const crashed = told(runtime, 'crashed')
    const restarted = told(runtime, 'restarted')
    await ref.call('add', 1)
    await ref.call('add', 1)
    await die(ref)
    expect(await crashed).toMatchObject({ from: 'init', lost })
    expect(await restarted).toMatchObject({ from: 'init', lost })
    await expect.poll(async () => (await ref.inspect()).lifecycle).toBe('running')
  }
})

describe('the options of a spawn win', () => {
  test.each([
    [{ checkpoint: false }, 'init', 0],
    [{ restart: { from: 'init' } }, 'init', 0],
    [{ checkpoint: { everyMessages: 2 } }, 'checkpoint', 2],
  ] as const)('%o', async (options, from, count) => {
    const { runtime, file } = await world()
    const code = await runtime.load<Program>(file('v1.js'))
    const ref = await code.spawn({ args: { start: 0 }, ...options })
    const crashed = told(runtime, 'crashed')
    for (let at = 0; at < 3; at++) await ref.call('add', 1)
    await die(ref)
    expect(await ref.call('get')).toEqual(['1', count])
    expect(await crashed).toMatchObject({ from, lost: { count: 3 - count } })
  })
})

test("one that is made anew 'never' stops, and says what was lost", async () => {
  const { runtime, file } = await world()
  const code = await runtime.load<Program>(file('v1.js'))
  const ref = await code.spawn({ args: { start: 0 }, restart: { from: 'never' } })
  const crashed = told(runtime, 'crashed')
  await ref.call('add', 1)
  await die(ref)
  expect(await crashed).toMatchObject({ from: 'never', lost: { count: 1, from: 0, to: 0 } })
  expect(await ref.exited).toMatchObject({ reason: 'crashed' })
})

test('a crash at once after a restart loses nothing more, and counts', async () => {
  const { runtime, file } = await world()
  const code = await runtime.load<Program>(file('v1.js'))
  const restart = { maxRestarts: 2 } as const
  const ref = await code.spawn({ args: { start: 5 }, restart })
  await ref.call('add', 1)
  const last = [ref.call('die'), ref.call('die'), ref.call('die'), ref.call('get')].map(rejection)
  const codes = (await Promise.all(last)).map((error) => (error as { code: string }).code)
  expect(codes).toEqual(['ISOLATE_EXITED', 'ISOLATE_EXITED', 'ISOLATE_EXITED', 'RESTART_LIMIT'])
})

describe('a checkpoint that cannot be read', () => {
  test.each([
    ['stop', undefined],
    ['init', ['1', 5]],
  ] as const)('orElse: %s', async (orElse, goesOn) => {
    const { runtime, file } = await world()
    const code = await runtime.load<Program>(file('v1.js'))
    const ref = await code.spawn({ args: { start: 5 }, restart: { orElse } })
    // What the schema of the state refuses is data all the same.
    await ref.call('spoil', 'text')
    const crashed = told(runtime, 'crashed')
    const ended = goesOn === undefined ? told(runtime, 'stopped') : told(runtime, 'restarted')
    const waiting = [rejection(ref.call('die')), ref.call('get').catch((error: unknown) => error)]
    const [, behind] = await Promise.all(waiting)
    expect(await crashed).toMatchObject({ from: 'checkpoint', lost: undefined })
    const error = { code: 'RESTORE_FAILED', process: ref.id, cause: { code: 'INVALID_STATE' } }
    if (goesOn === undefined) {
      expect(behind).toMatchObject(error)
      expect(await ended).toMatchObject({ error })
    } else {
      expect(behind).toEqual(goesOn)
      expect(await ended).toMatchObject({ from: 'init', lost: { count: 1 } })
    }
  })
})

test('a state that cannot be copied is told, and the checkpoint before it stays', async () => {
  const { runtime, file } = await world()
  const code = await runtime.load<Program>(file('v1.js'))
  const ref = await code.spawn({ args: { start: 0 } })
  const failed = told(runtime, 'checkpointFailed')
  await ref.call('add', 5)
  await ref.call('spoil', undefined)
  const error = { code: 'UNCLONEABLE_STATE', path: 'state.count' }
  expect(await failed).toMatchObject({ process: ref.id, error })
  await die(ref)
  expect(await ref.call('get')).toEqual(['1', 5])
})

describe.each(['per-process', 1] as const)('isolates: %s', (isolates) => {
  test('behind an upgrade, a downgrade and a roll back a crash takes a process to what that version has kept', async () => {
    const { runtime, file } = await world()
    const code = await runtime.load<Program>(file('v1.js'), { isolates })
    const ref = await code.spawn({ name: 'kept', args: { start: 0 } })
    await ref.call('add', 1)
    await code.upgrade(file('v2.js'))
    await expect.poll(async () => (await ref.inspect()).checkpoint?.version).toBe('2')
    await die(ref)
    expect(await ref.call('get')).toEqual(['2', 101])
    await code.rollBack()
    await ref.call('add', 1)
    await die(ref)
    expect(await ref.call('get')).toEqual(['1', 2])
  })
})

test('linked processes die where the checkpoint cannot be read after all', async () => {
  const { runtime, file } = await world()
  const code = await runtime.load<Program>(file('v1.js'))
  const other = await code.spawn({ args: { start: 0 } })
  const ref = await code.spawn({ args: { start: 0 } })
  await ref.call('link', other.id)
  await other.call('add', 1)
  await ref.call('spoil', 'text')
  await die(ref)
  expect(await ref.exited).toMatchObject({ error: { code: 'RESTORE_FAILED' } })
  await expect.poll(async () => (await other.inspect()).totals.restarts).toBe(1)
  expect(await other.call('get')).toEqual(['1', 1])
})

test('in a shared thread the death of one takes the others to their checkpoints only', async () => {
  const { runtime, file } = await world()
  const code = await runtime.load<Program>(file('v1.js'), { isolates: 1 })
  const refs = await Promise.all([1, 2, 3].map((start) => code.spawn({ args: { start } })))
  await Promise.all(refs.map((each) => each.call('add', 10)))
  const crashed: unknown[] = []
  runtime.on('crashed', ({ from, lost }) => crashed.push([from, lost?.count]))
  await die(refs[0]!)
  const all = await Promise.all(refs.map((each) => each.call('get')))
  expect(all).toEqual([11, 12, 13].map((count) => ['1', count]))
  expect(crashed).toEqual(refs.map(() => ['checkpoint', undefined]))
})

test('a supervisor makes all of its children anew with what they have kept', async () => {
  const { runtime, file } = await world()
  const code = await runtime.load<Program>(file('v1.js'))
  const args = { start: 0 }
  const children = [{ code, args }, { code, args, checkpoint: false } as const]
  const { children: refs } = await runtime.supervise({ strategy: 'one-for-all', children })
  await Promise.all(refs.map((each) => each.call('add', 7)))
  await die(refs[0]!)
  expect(await refs[0]!.call('get')).toEqual(['1', 7])
  await expect.poll(() => refs[1]!.call('get')).toEqual(['1', 0])
})

test.each([
  ['{}', 'checkpoint', 'an object with everyMessages, everyMs or both'],
  ['5', 'checkpoint', 'an object'],
  ['{ everyMessages: 0 }', 'checkpoint.everyMessages', 'a whole number of at least 1'],
  ['{ everyMs: 1.5 }', 'checkpoint.everyMs', 'a whole number of at least 1'],
  ['{ every: 1 }', 'checkpoint', 'only the fields everyMessages, everyMs, log'],
])('a definition with checkpoint: %s is refused', async (rule, path, expected) => {
  const root = await newProject({ 'v1.js': program('1', `checkpoint: ${rule}`) })
  const runtime = await testRuntime()
  const error = await rejection(runtime.load(`${root}/v1.js`))
  expect(error).toMatchObject({ code: 'NOT_A_DEFINITION', path, expected })
})
