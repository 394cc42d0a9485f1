import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { Code, FaultPoint, Runtime } from 'moult'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { rejection } from './contract-programs.ts'

interface Program {
  readonly version: string
  readonly init: (args: { id: string }) => { id: string }
  readonly calls: {
    readonly who: (state: { id: string }) => string
    readonly self: (state: { id: string }) => string
    readonly ask: (state: { id: string }, name: string) => Promise<string>
    readonly die: (state: { id: string }) => void
  }
}

function program(version: string): string {
  return `export default {
    version: '${version}',
    init: ({ id }) => ({ id }),
    codeChange: { 1: 'unchanged' },
    downgrade: { 1: 'unchanged' },
    calls: {
      who: ({ id }) => id,
      self: (_state, _none, { self }) => self.name,
      ask: (_state, name, { call }) => call(name, 'who'),
      die: () => process.exit(3),
    },
  }`
}

describe.each(['per-process', 2] as const)('isolates: %s', (isolates) => {
  async function load(
    faultPoint: FaultPoint = () => undefined,
  ): Promise<{ runtime: Runtime; code: Code<Program>; v2: string }> {
    const root = await newProject({ 'v1.js': program('1'), 'v2.js': program('2') })
    const runtime = await testRuntime({ faultPoint })
    const code = await runtime.load<Program>(`${root}/v1.js`, { isolates })
    return { runtime, code, v2: `${root}/v2.js` }
  }

  test('a name is another, is kept over an upgrade, a roll back and a crash, and ends with the process', async () => {
    const { runtime, code, v2 } = await load()
    const ref = await code.spawn({ name: 'old', args: { id: 'one' } })
    await ref.register('new')
    expect(ref.name).toBe('new')
    expect(runtime.whereis('old')).toBeUndefined()
    expect(runtime.whereis('new')).toBe(ref)
    expect(await ref.call('self')).toBe('new')
    await code.upgrade(v2, { only: ['new'] })
    expect([await ref.call('self'), ref.version]).toEqual(['new', '2'])
    await ref.downgrade('1')
    const restarted = once(runtime, 'restarted')
    await rejection(ref.call('die'))
    expect(await restarted).toMatchObject([{ process: 'new' }])
    expect(await ref.call('self')).toBe('new')
    const other = await code.spawn({ name: 'old', args: { id: 'two' } })
    await ref.stop()
    expect(await ref.exited).toMatchObject({ process: 'new' })
    expect(runtime.whereis('old')).toBe(other)
    await code.spawn({ name: 'new', args: { id: 'three' } })
  })

  test('another process takes a name: callers by that name find it, the one before among them', async () => {
    const { runtime, code } = await load()
    const before = await code.spawn({ name: 'leader', args: { id: 'one' } })
    const next = await code.spawn({ name: 'next', args: { id: 'two' } })
    const asking = await code.spawn({ args: { id: 'three' } })
    expect(await asking.call('ask', 'leader')).toBe('one')
    await next.reregister('leader')
    expect(await asking.call('ask', 'leader')).toBe('two')
    expect(await before.call('ask', 'leader')).toBe('two')
    expect([before.name, await before.call('self'), next.name]).toEqual([
      undefined,
      before.id,
      'leader',
    ])
    await next.unregister()
    expect(await rejection(asking.call('ask', 'leader'))).toMatchObject({ code: 'UNKNOWN_PROCESS' })
    await before.register('leader')
    expect(await asking.call('ask', 'leader')).toBe('one')
    expect(runtime.whereis('next')).toBeUndefined()
  })

  test('amid a move the name waits for its end, so that the next version has it', async () => {
    const registered: Promise<void>[] = []
    const { runtime, code, v2 } = await load((phase) => {
      const moved = phase === 'transfer' ? runtime.processes() : []
      registered.push(...moved.map((each) => each.register('new')))
    })
    const ref = await code.spawn({ name: 'old', args: { id: 'one' } })
    await code.upgrade(v2)
    expect(registered).toHaveLength(1)
    await registered[0]
    expect([await ref.call('self'), ref.version]).toEqual(['new', '2'])
  })

  test('a name that is taken, and what is no name, are refused', async () => {
    const { code } = await load()
    const one = await code.spawn({ name: 'one', args: { id: 'one' } })
    const two = await code.spawn({ name: 'two', args: { id: 'two' } })
    expect(await rejection(two.register('one'))).toMatchObject({
      code: 'NAME_TAKEN',
      process: 'one',
    })
    await one.register('one')
    for (const name of ['', 5, undefined]) {
      const path = { code: 'INVALID_OPTION', path: 'name' }
      expect(await rejection(one.register(name as never))).toMatchObject(path)
      expect(await rejection(one.reregister(name as never))).toMatchObject(path)
    }
    expect([one.name, two.name]).toEqual(['one', 'two'])
    await one.stop()
    expect(await rejection(one.register('three'))).toMatchObject({ code: 'PROCESS_STOPPED' })
    expect(await rejection(one.reregister('two'))).toMatchObject({ code: 'PROCESS_STOPPED' })
    expect(two.name).toBe('two')
  })
})
