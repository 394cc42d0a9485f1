import { expect, test } from 'vitest'
import { rejection } from './contract-programs.ts'
import { spinning, stuckWorld, v2 } from './stuck.ts'

const restarted = {
  code: 'PROCESS_RESTARTED',
  process: 'a',
  message: 'a was restarted while it handled this message',
}

test.each(['per-process', 1] as const)(
  'a loop is ended, its message fails, and what waited is handled in order: %s',
  async (isolates) => {
    const { a, b } = await stuckWorld(isolates)
    await Promise.all([a.call('note', 'lost'), b.call('note', 'kept')])
    const loop = await spinning(a)
    const behind = ['one', 'two', 'three'].map((text) => a.call('note', text))
    await a.restart()
    expect(await loop.call).toMatchObject(restarted)
    expect(await Promise.all(behind)).toEqual(['1:one', '1:two', '1:three'])
    expect(await a.call('log')).toEqual(['one', 'two', 'three'])
    expect((await a.inspect()).totals).toMatchObject({ restarts: 1 })
    // The thread was held: who shared it is made anew.
    expect(await b.call('log')).toEqual(isolates === 1 ? [] : ['kept'])
  },
)

test('a handler that waits takes nobody along who shares its thread', async () => {
  const { runtime, a, b, gates } = await stuckWorld(1)
  const events: string[] = []
  runtime.on('restarted', ({ process }) => events.push(`${process} restarted`))
  runtime.on('crashed', ({ process }) => events.push(`${process} crashed`))
  await b.call('note', 'kept')
  const waiting = rejection(a.call('wait', 'gate'))
  await gates.reached('gate')
  const { threadId } = await b.inspect()
  await a.restart({ from: 'init' })
  expect(await waiting).toMatchObject(restarted)
  expect(await b.call('log')).toEqual(['kept'])
  expect(await b.inspect()).toMatchObject({ threadId, totals: { restarts: 0 } })
  expect(events).toEqual(['a restarted'])
})

test('an idle process is restarted as well, and keeps its name, its id and its references', async () => {
  const { runtime, a } = await stuckWorld('per-process')
  await a.call('note', 'lost')
  const { id } = a
  await a.restart()
  expect(await a.call('log')).toEqual([])
  expect(runtime.whereis('a')).toBe(a)
  expect(a.id).toBe(id)
})

test.each(['per-process', 1] as const)(
  'it goes on with another version that is loaded, and is pinned to it: %s',
  async (isolates) => {
    const { code, a, b } = await stuckWorld(isolates)
    await code.load(v2)
    const loop = await spinning(a)
    const behind = a.call('note', 'x')
    await a.restart({ version: '2.0.0' })
    expect(await loop.call).toMatchObject(restarted)
    expect(await behind).toBe('2:x')
    expect([a.version, a.isPinned, b.version, b.isPinned]).toEqual(['2.0.0', true, '1.0.0', false])
    await code.upgrade(v2)
    expect([a.version, b.version]).toEqual(['2.0.0', '2.0.0'])
  },
)

test('a version that is not loaded is refused, and nothing has changed', async () => {
  const { a } = await stuckWorld('per-process')
  await a.call('note', 'kept')
  expect(await rejection(a.restart({ version: '9' }))).toMatchObject({ code: 'UNKNOWN_VERSION' })
  expect(await a.call('log')).toEqual(['kept'])
})

test.each(['the code', 'the process'])('during an upgrade of %s it is refused', async (what) => {
  const { code, a, gates } = await stuckWorld('per-process')
  const waiting = a.call('wait', 'gate')
  await gates.reached('gate')
  const options = { suspendTimeoutMs: 3_600_000, rehearse: false }
  const upgrade = what === 'the code' ? code.upgrade(v2, options) : a.upgrade(v2, options)
  await expect.poll(() => a.inspect()).toMatchObject({ lifecycle: 'suspended' })
  expect(await rejection(a.restart())).toMatchObject({ code: 'UPGRADE_IN_PROGRESS' })
  gates.open('gate')
  expect(await waiting).toBe('gate')
  await upgrade
  expect(await a.call('note', 'x')).toBe('2:x')
})

test('an upgrade waits for a restart that is under way, and a second one is refused', async () => {
  const { code, a, gates } = await stuckWorld('per-process')
  const waiting = rejection(a.call('wait', 'gate'))
  await gates.reached('gate')
  const restart = a.restart()
  expect(await rejection(a.restart())).toMatchObject({ code: 'UPGRADE_IN_PROGRESS' })
  const upgrade = code.upgrade(v2)
  await restart
  expect(await waiting).toMatchObject(restarted)
  await upgrade
  expect(await a.call('note', 'x')).toBe('2:x')
})

test('a process that has stopped is not restarted, nor one of a runtime that closes', async () => {
  const { runtime, a, b } = await stuckWorld('per-process')
  await a.stop()
  expect(await rejection(a.restart())).toMatchObject({ code: 'PROCESS_STOPPED' })
  await runtime.close()
  expect(await rejection(b.restart())).toMatchObject({ code: 'RUNTIME_CLOSED' })
})

test('a stop during a restart ends it', async () => {
  const { a } = await stuckWorld('per-process')
  const loop = await spinning(a)
  const restart = rejection(a.restart())
  await a.stop({ timeoutMs: 0 })
  expect([undefined, 'PROCESS_STOPPED']).toContain(
    ((await restart) as { code?: string } | undefined)?.code,
  )
  expect(await loop.call).toMatchObject({ code: 'PROCESS_STOPPED' })
  expect(await rejection(a.call('log'))).toMatchObject({ code: 'PROCESS_STOPPED' })
})

test('where the next life cannot be made, the reason is told, and the restart policy decides', async () => {
  const { runtime, code, a } = await stuckWorld('per-process')
  await code.load(v2)
  const crashed: string[] = []
  runtime.on('crashed', ({ process, error }) => crashed.push(`${process}: ${error.message}`))
  const ref = await code.spawn({ name: 'c', args: ['fail in 2'] })
  await ref.call('note', 'lost')
  expect(await rejection(ref.restart({ version: '2.0.0' }))).toMatchObject({ code: 'INIT_FAILED' })
  expect(await ref.call('log')).toEqual(['fail in 2'])
  expect([ref.version, ref.isPinned]).toEqual(['1.0.0', false])
  expect(crashed).toHaveLength(1)
  await a.restart()
})

test('it goes on with its last checkpoint where it has one of that version, unless another state is asked for', async () => {
  const { code } = await stuckWorld('per-process')
  await code.load(v2)
  const ref = await code.spawn({ name: 'c', checkpoint: { everyMessages: 1 } })
  await ref.call('note', 'kept')
  await expect.poll(async () => (await ref.inspect()).checkpoint).toBeDefined()
  const loop = await spinning(ref)
  await ref.restart()
  expect(await loop.call).toMatchObject({ code: 'PROCESS_RESTARTED' })
  expect(await ref.call('log')).toEqual(['kept'])
  await ref.restart({ from: 'init' })
  expect(await ref.call('log')).toEqual([])
  await ref.call('note', 'of 1.0.0')
  await ref.restart({ version: '2.0.0' })
  expect(await ref.call('log')).toEqual([])
})
