import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { Code, MoultError, ProcessRef, Runtime, Services } from 'moult'
import { gate } from '../support/gate.ts'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { rejection } from './contract-programs.ts'

interface Program {
  readonly version: string
  readonly init: (args: unknown) => { count: number; saved: number }
  readonly calls: {
    /** Counts in what is live, which only `save` puts into the state. */
    readonly add: (state: object) => number
    readonly whose: (state: object) => string
    readonly slow: (state: object) => Promise<string>
    readonly die: (state: object) => void
  }
}

/** A counter that lives beside the state, and tells a service when it is opened, saved and closed. */
function program(version: string, live: Record<string, string> = {}, extra = ''): string {
  const functions = {
    open: `open: (state, { self, services }) => {
      const note = (what) => services.journal.note(self.name + ' ${version} ' + what)
      note('open ' + state.saved)
      return { note, count: state.saved, version: '${version}' }
    }`,
    save: `save: (state, live) => { live.note('save ' + live.count); state.saved = live.count }`,
    close: `close: (live) => live.note('close ' + live.count)`,
    ...live,
  }
  return `export default {
    version: '${version}',
    init: () => ({ saved: 0 }),
    live: { ${Object.values(functions).join(',\n')} },
    calls: {
      add: (_state, _payload, { live }) => ++live.count,
      whose: (_state, _payload, { live }) => live.version,
      slow: async (_state, _payload, { live, letGo, services }) => {
        letGo()
        await services.gate()
        return 'slow ' + live.count
      },
      die: () => process.exit(3),
    },
    ${extra}
  }`
}

const same = `codeChange: { '1': 'unchanged' }, downgrade: { '1': 'unchanged' }`
const v2 = (live: Record<string, string> = {}): string => program('2', live, same)

interface World {
  readonly runtime: Runtime
  readonly code: Code<Program>
  readonly root: string
  /** What the service was told. */
  readonly journal: string[]
  /** Opens the gate at which `slow` waits. */
  readonly open: () => void
}

async function world(
  files: Record<string, string>,
  isolates: 'per-process' | number = 'per-process',
): Promise<World> {
  const journal: string[] = []
  const root = await newProject({ 'v1.js': program('1'), 'v2.js': v2(), ...files })
  const { opened, open } = gate()
  let refusals = 1
  const services = {
    journal: { note: (line: string) => void journal.push(line) },
    gate: () => opened,
    /** The first time only. */
    refuses: () => refusals-- > 0,
  }
  const runtime = await testRuntime({ services: services as unknown as Services })
  const code = await runtime.load<Program>(`${root}/v1.js`, { isolates })
  return { runtime, code, root, journal, open }
}

/** What the service was told of one process, without its name, from now on. */
function told(journal: readonly string[], name: string): string[] {
  return journal.flatMap((line) =>
    line.startsWith(`${name} `) ? [line.slice(name.length + 1)] : [],
  )
}

async function counted(ref: ProcessRef<Program>, times: number): Promise<number> {
  let count = 0
  for (let each = 0; each < times; each++) count = await ref.call('add')
  return count
}

describe.each(['per-process', 2] as const)('isolates: %s', (isolates) => {
  test('each incarnation opens its own; what must move goes by the state', async () => {
    const { code, root, journal } = await world({}, isolates)
    const ref = await code.spawn({ name: 'a' })
    const other = await code.spawn({ name: 'b' })
    expect(await counted(ref, 3)).toBe(3)
    expect(await counted(other, 1)).toBe(1)
    const report = await code.upgrade(`${root}/v2.js`)
    expect(await ref.call('whose')).toBe('2')
    expect(await counted(ref, 1)).toBe(4)
    expect(await counted(other, 1)).toBe(2)
    for (const { parts } of report.processes) expect(parts.openMs).toBeGreaterThan(0)
    const lines = told(journal, 'a')
    // The copy of the dry run, then the move. The old one is closed behind it.
    expect(lines.filter((line) => line.startsWith('2'))).toEqual([
      '2 open 3',
      '2 close 3',
      '2 open 3',
    ])
    expect(lines.filter((line) => !line.includes('save') && line.startsWith('1'))).toEqual([
      '1 open 0',
      '1 close 3',
    ])
    await code.rollBack()
    expect(await ref.call('whose')).toBe('1')
    expect(await counted(ref, 1)).toBe(5)
    await ref.stop()
    expect(told(journal, 'a').at(-1)).toBe('1 close 5')
  })

  test('an open that throws is found in the dry run, and the old one is left alone', async () => {
    const open = `open: () => { throw new RangeError('no such index') }`
    const { code, root, journal } = await world({ 'v2.js': v2({ open }) }, isolates)
    const ref = await code.spawn({ name: 'a' })
    await counted(ref, 2)
    const refused = await rejection(code.upgrade(`${root}/v2.js`))
    expect(refused).toMatchObject({
      code: 'OPEN_FAILED',
      phase: 'rehearse',
      process: 'a',
      cause: { name: 'RangeError', message: 'no such index' },
    })
    expect(await counted(ref, 1)).toBe(3)
    expect(told(journal, 'a').filter((line) => !line.includes('save'))).toEqual(['1 open 0'])
  })

  test('without a dry run it is found before the new version serves', async () => {
    const open = `open: async () => { throw new RangeError('no such index') }`
    const { code, root, journal } = await world({ 'v2.js': v2({ open }) }, isolates)
    const ref = await code.spawn({ name: 'a' })
    await counted(ref, 2)
    const refused = await rejection(code.upgrade(`${root}/v2.js`, { rehearse: false }))
    expect(refused).toMatchObject({ code: 'OPEN_FAILED', phase: 'transfer', process: 'a' })
    expect(await ref.call('whose')).toBe('1')
    expect(await counted(ref, 1)).toBe(3)
    expect(told(journal, 'a').filter((line) => !line.includes('save'))).toEqual(['1 open 0'])
  })

  test('those that are upgraded with one whose open fails are closed again, and go on with their own', async () => {
    const open = `open: (state, { self, services }) => {
      const note = (what) => services.journal.note(self.name + ' 2 ' + what)
      if (self.name === 'bad') throw new RangeError('only here')
      note('open')
      return { note, count: state.saved, version: '2' }
    }`
    const { code, root, journal } = await world({ 'v2.js': v2({ open }) }, isolates)
    const good = await code.spawn({ name: 'good' })
    const bad = await code.spawn({ name: 'bad' })
    await counted(good, 2)
    await counted(bad, 4)
    const options = { rehearse: false, mode: 'atomic' } as const
    const refused = await rejection(code.upgrade(`${root}/v2.js`, options))
    expect(refused).toMatchObject({ code: 'OPEN_FAILED', phase: 'transfer', process: 'bad' })
    expect(await counted(good, 1)).toBe(3)
    expect(await counted(bad, 1)).toBe(5)
    const lines = told(journal, 'good').filter((line) => !line.includes('save'))
    expect(lines.slice(1)).toEqual(lines.length === 1 ? [] : ['2 open', '2 close 2'])
  })

  test('after a crash it is opened again, behind init', async () => {
    const { runtime, code, journal } = await world({}, isolates)
    const ref = await code.spawn({ name: 'a' })
    await counted(ref, 2)
    const restarted = once(runtime, 'restarted')
    await rejection(ref.call('die'))
    await restarted
    expect(await counted(ref, 1)).toBe(1)
    expect(told(journal, 'a')).toEqual(['1 open 0', '1 open 0'])
  })

  test('a stop waits for close', async () => {
    const close = `close: async (live) => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      await live.note('closed at last')
    }`
    const { code, journal } = await world({ 'v1.js': program('1', { close }) }, isolates)
    const ref = await code.spawn({ name: 'a' })
    await code.spawn({ name: 'b' })
    await ref.stop()
    expect(told(journal, 'a').at(-1)).toBe('1 closed at last')
  })

  test.each([
    [
      'throws',
      `save: () => { throw new RangeError('full') }`,
      { code: 'SAVE_FAILED', cause: { message: 'full' } },
    ],
    [
      'is asynchronous',
      `save: async (state) => { state.saved = 9 }`,
      { code: 'SAVE_FAILED', received: 'a promise' },
    ],
    [
      'puts no data into the state',
      `save: (state) => { state.deep = { f: () => 1 } }`,
      { code: 'UNCLONEABLE_STATE', path: 'state.deep.f' },
    ],
  ])('a save that %s refuses the upgrade before its pause ends', async (_what, save, expected) => {
    for (const rehearse of [true, false]) {
      const { code, root } = await world({ 'v1.js': program('1', { save }) }, isolates)
      const ref = await code.spawn({ name: 'a' })
      await counted(ref, 2)
      const refused = await rejection(code.upgrade(`${root}/v2.js`, { rehearse }))
      expect(refused).toMatchObject(expected)
      expect(rehearse ? ['rehearse'] : ['copy', 'suspend']).toContain((refused as MoultError).phase)
      expect(await ref.call('whose')).toBe('1')
      expect(await counted(ref, 1)).toBe(3)
    }
  })

  test('an open that throws refuses a spawn, whose name is free again', async () => {
    const open = `open: async (_state, { services }) => {
      if (await services.refuses()) throw new RangeError('not yet')
      return { count: 7, note: () => 1 }
    }`
    const { code } = await world({ 'v1.js': program('1', { open }) }, isolates)
    const refused = await rejection(code.spawn({ name: 'a' }))
    expect(refused).toMatchObject({
      code: 'INIT_FAILED',
      process: 'a',
      cause: { code: 'OPEN_FAILED', cause: { message: 'not yet' } },
    })
    const ref = await code.spawn({ name: 'a' })
    expect(await counted(ref, 1)).toBe(8)
  })

  test('a handler that has let go keeps what was open until it ends', async () => {
    const { code, root, journal, open } = await world({}, isolates)
    const ref = await code.spawn({ name: 'a' })
    await counted(ref, 2)
    const answer = ref.call('slow')
    const upgraded = code.upgrade(`${root}/v2.js`)
    await expect.poll(() => ref.call('whose')).toBe('2')
    open()
    expect(await answer).toBe('slow 2')
    await upgraded
    expect(told(journal, 'a').filter((line) => line.startsWith('1 close'))).toEqual(['1 close 2'])
  })
})

test('a copy of the state that is asked for has what must move', async () => {
  const { code } = await world({})
  const ref = await code.spawn({ name: 'a' })
  await counted(ref, 2)
  expect(await ref.state()).toEqual({ saved: 2 })
})

test('a thousand that share isolates are moved in batches, each with its own', async () => {
  const { code, root } = await world({}, 2)
  const refs = await Promise.all(Array.from({ length: 300 }, () => code.spawn()))
  await Promise.all(refs.map((ref, at) => counted(ref, at % 3)))
  await code.upgrade(`${root}/v2.js`, { mode: 'rolling' })
  const counts = await Promise.all(refs.map((ref) => counted(ref, 1)))
  expect(counts).toEqual(refs.map((_ref, at) => (at % 3) + 1))
})

test('a large state goes ahead with what was saved', async () => {
  const large = (version: string, extra = ''): string =>
    program(version, {}, extra).replace(
      'init: () => ({ saved: 0 })',
      `init: () => ({ saved: 0, records: Array.from({ length: 20_000 }, (_none, id) => ({ id, name: 'n' + id })) })`,
    )
  const { code, root } = await world({ 'v1.js': large('1'), 'v2.js': large('2', same) })
  const ref = await code.spawn({ name: 'a' })
  await counted(ref, 5)
  const report = await code.upgrade(`${root}/v2.js`)
  expect(report.processes[0]?.copied?.way).toBe('objects')
  expect(await counted(ref, 1)).toBe(6)
})

test.each([
  ['live: () => 1', 'live'],
  ['live: {}', 'live.open'],
  ['live: { open: 1 }', 'live.open'],
  ['live: { open: () => 1, save: 1 }', 'live.save'],
  ['live: { open: () => 1, close: {} }', 'live.close'],
  ['live: { open: () => 1, exclusive: 1 }', 'live.exclusive'],
  ['live: { open: () => 1, opne: 1 }', 'live'],
])('%s is no definition', async (live, path) => {
  const root = await newProject({
    'v1.js': `export default { version: '1', init: () => 0, ${live} }`,
  })
  const runtime = await testRuntime()
  const refused = await rejection(runtime.load(`${root}/v1.js`))
  expect(refused).toMatchObject({ code: 'NOT_A_DEFINITION', path })
})
