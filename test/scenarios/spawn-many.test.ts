import { describe, expect, test } from 'vitest'
import type { Code, Runtime } from 'moult'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { rejection } from './contract-programs.ts'

interface State {
  count: number
}

interface Program {
  readonly version: string
  readonly init: (args: { start: number }) => State
  readonly calls: {
    readonly get: (state: State) => number
    readonly ask: (state: State, name: string) => Promise<number>
    readonly die: (state: State) => void
  }
}

function program(version: string): string {
  return `export default {
    version: '${version}',
    init: ({ start }) => {
      if (start < 0) throw new RangeError('too few')
      return { count: start }
    },
    codeChange: { 1: ({ count }) => ({ count: count + 100 }) },
    calls: {
      get: ({ count }) => count,
      ask: (_state, name, { call }) => call(name, 'get'),
      die: () => process.exit(3),
    },
  }`
}

async function load(
  isolates: 'per-process' | number,
): Promise<{ runtime: Runtime; code: Code<Program>; v2: string }> {
  const root = await newProject({ 'v1.js': program('1'), 'v2.js': program('2') })
  const runtime = await testRuntime({ exitGraceMs: 200 })
  const code = await runtime.load<Program>(`${root}/v1.js`, { isolates })
  return { runtime, code, v2: `${root}/v2.js` }
}

const name = (index: number): string => `room ${index}`

describe.each(['per-process', 2] as const)('isolates: %s', (isolates) => {
  test('a group starts as one, is upgraded, and stops as one, while its members ask each other', async () => {
    const { runtime, code, v2 } = await load(isolates)
    const group = await code.spawnMany(4, { name, args: (start) => ({ start }) })
    expect(group.refs.map((ref) => ref.name)).toEqual(['room 0', 'room 1', 'room 2', 'room 3'])
    await code.upgrade(v2)
    const counts = await Promise.all([...group].map((ref) => ref.call('get')))
    expect(counts).toEqual([100, 101, 102, 103])
    const asked = group.refs.slice(1).map((ref, index) => ref.call('ask', name(index)))
    const stopped = group.stop()
    expect(await Promise.all(asked)).toEqual([100, 101, 102])
    await stopped
    expect(runtime.processes()).toEqual([])
    const exits = await Promise.all(group.refs.map(({ exited }) => exited))
    expect(exits.map(({ reason }) => reason)).toEqual(Array(4).fill('shutdown'))
  })

  test('where one cannot be made there are none, and their names are free', async () => {
    const { runtime, code } = await load(isolates)
    const options = { name, args: (index: number) => ({ start: index === 2 ? -1 : index }) }
    const failed = await rejection(code.spawnMany(4, options))
    expect(failed).toMatchObject({ code: 'INIT_FAILED', process: 'room 2' })
    expect(runtime.processes()).toEqual([])
    const taken = await code.spawn({ name: 'room 1', args: { start: 7 } })
    const again = await rejection(code.spawnMany(3, { name, args: { start: 1 } }))
    expect(again).toMatchObject({ code: 'NAME_TAKEN', process: 'room 1' })
    expect(runtime.processes()).toEqual([taken])
    expect(await taken.call('get')).toBe(7)
  })

  test('a member that dies is made anew by its own policy, and one that has stopped is no hindrance', async () => {
    const { code } = await load(isolates)
    const group = await code.spawnMany(3, { args: { start: 5 } })
    const [first, second] = group.refs
    await rejection(first!.call('die'))
    expect(await first!.call('get')).toBe(5)
    await second!.stop()
    await group.stop({ drain: false })
    expect(code.processes).toEqual([])
  })
})

test('what is made in vain is refused with a code, and nothing is started', async () => {
  const { code } = await load('per-process')
  const args = { start: 1 }
  const wrong: readonly (readonly [given: readonly unknown[], path: string])[] = [
    [[-1, { args }], 'count'],
    [[1.5, { args }], 'count'],
    [['3', { args }], 'count'],
    [[3, { args, name: 'room' }], 'name'],
    [[3, { args, name: () => 5 }], 'name'],
    [[3, { args, nmae: 'x' }], 'nmae'],
    [[3, { args, mailbox: { capacity: 0 } }], 'mailbox.capacity'],
    [[3, { args: () => () => 1 }], 'args'],
    [[3, { args }, 1], 'arguments[2]'],
  ]
  const spawnMany = code.spawnMany.bind(code) as (...given: unknown[]) => Promise<unknown>
  for (const [given, path] of wrong) {
    expect([await rejection(spawnMany(...given)), given]).toMatchObject([{ path }, {}])
  }
  expect(code.processes).toEqual([])
  expect((await code.spawnMany(0, { args })).refs).toEqual([])
})

test('ten thousand start in one thread while main goes on', async () => {
  const { code } = await load(1)
  let turns = 0
  const counting = setInterval(() => turns++, 1)
  const group = await code.spawnMany(10_000, { args: (start) => ({ start }) })
  clearInterval(counting)
  expect(turns).toBeGreaterThan(10)
  expect(await group.refs.at(-1)?.call('get')).toBe(9_999)
  await group.stop()
})
