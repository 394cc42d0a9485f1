import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { Self } from 'moult'
import { rejection } from './contract-programs.ts'
import { bothWays, loaded, program, read } from './events-program.ts'

describe.each(['per-process', 1] as const)('isolates: %s', (isolates) => {
  test('events are in order with the replies of their process', async () => {
    const { code } = await loaded({}, isolates)
    const ref = await code.spawn()
    const heard: unknown[] = []
    ref.on('moved', (data) => heard.push(data))
    const note = (reply: unknown): void => void heard.push(reply)
    const one = ref
      .call('emit', [
        ['moved', 'a'],
        ['moved', 'b'],
      ])
      .then(note)
    ref.cast('tell', 'c')
    // One that is too large for a batch.
    const large = Array.from({ length: 100 }, () => 'x')
    const two = ref
      .call('emit', [
        ['moved', large],
        ['moved', 'd'],
      ])
      .then(note)
    await Promise.all([one, two, ref.call('emit', [['moved', 'e']]).then(note)])
    expect(heard).toEqual(['a', 'b', 1, 'c', large, 'd', 2, 'e', 3])
  })

  test('who listens when a reply has come hears all that was emitted behind it', async () => {
    const { code } = await loaded({}, isolates)
    const ref = await code.spawn()
    // Again and again: in some rounds all comes in one post.
    for (let round = 0; round < 50; round++) {
      const replied = ref.call('emit', [['moved', 'too early']])
      for (const text of ['a', 'b']) ref.cast('tell', text)
      await replied
      const heard: unknown[] = []
      const listener = (data: unknown): void => void heard.push(data)
      ref.on('moved', listener)
      await ref.call('emit', [])
      expect(heard).toEqual(['a', 'b'])
      ref.off('moved', listener)
    }
  })

  test('an upgrade and a downgrade lose and double none, and tell which version it was', async () => {
    const { code, root } = await loaded({ 'v2.js': program('2', bothWays) }, isolates)
    const ref = await code.spawn()
    const heard: unknown[] = []
    ref.on('moved', (data, { version }) => heard.push([version, data]))
    const events = ref.events('moved')
    for (const step of ['upgrade', 'downgrade'] as const) {
      for (let at = 0; at < 5; at++) ref.cast('tell', at)
      const moving = ref[step](`${root}/v${step === 'upgrade' ? 2 : 1}.js`)
      for (let at = 5; at < 10; at++) ref.cast('tell', at)
      await moving
      await ref.call('emit', [['moved', step]])
    }
    const counted = Array.from({ length: 10 }, (_none, at) => at)
    const all = [...counted, 'upgrade', ...counted, 'downgrade']
    expect(await read(events, all.length)).toEqual(all)
    expect(heard.map((each) => (each as unknown[])[1])).toEqual(all)
    expect(heard).toContainEqual(['2', 'upgrade'])
    expect(heard).toContainEqual(['1', 'downgrade'])
  })

  test.each(['atomic', 'rolling'] as const)('so does one of all processes: %s', async (mode) => {
    const { code, root } = await loaded({ 'v2.js': program('2', bothWays) }, isolates)
    const all = await Promise.all(Array.from({ length: 4 }, () => code.spawn()))
    const heard = new Map<string, unknown[]>(all.map(({ id }) => [id, []]))
    code.on('moved', (data, { id }) => heard.get(id)?.push(data))
    const tell = (from: number): void => {
      for (let at = from; at < from + 20; at++) for (const ref of all) ref.cast('tell', at)
    }
    tell(0)
    const upgrade = code.upgrade(`${root}/v2.js`, { mode })
    tell(20)
    await upgrade
    tell(40)
    await Promise.all(all.map((ref) => ref.call('emit', [])))
    const counted = Array.from({ length: 60 }, (_none, at) => at)
    expect([...heard.values()]).toEqual(all.map(() => counted))
  })

  test('a failed upgrade loses none', async () => {
    const fails = program('2', `codeChange: { '1': () => { throw new Error('no') } },`)
    const { code, root } = await loaded({ 'v2.js': fails }, isolates)
    const ref = await code.spawn()
    const events = ref.events('moved')
    for (let at = 0; at < 5; at++) ref.cast('tell', at)
    const failed = rejection(ref.upgrade(`${root}/v2.js`, { rehearse: false }))
    for (let at = 5; at < 10; at++) ref.cast('tell', at)
    expect(await failed).toMatchObject({ code: 'CODE_CHANGE_FAILED' })
    expect(await read(events, 10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  test('a crash ends no listening, and init is heard', async () => {
    const { runtime, code } = await loaded({}, isolates)
    const ofAll: unknown[] = []
    code.on('moved', (data, { id, name, version }: Self) => ofAll.push([data, id, name, version]))
    const ref = await code.spawn({ name: 'one' })
    const events = ref.events('moved')
    const restarted = once(runtime, 'restarted')
    expect(await rejection(ref.call('die'))).toMatchObject({ code: 'ISOLATE_EXITED' })
    await restarted
    ref.cast('tell', 'goes on')
    expect(await read(events, 3)).toEqual(['dies', 'init of 1', 'goes on'])
    expect(ofAll.map((each) => (each as unknown[])[0])).toEqual([
      'init of 1',
      'dies',
      'init of 1',
      'goes on',
    ])
    expect(ofAll[0]).toEqual(['init of 1', ref.id, 'one', '1'])
    await ref.stop()
    expect(await events.next()).toEqual({ done: true, value: undefined })
  })

  test('a stop ends an iterable behind what waits in it, and refuses to listen', async () => {
    const { code } = await loaded({}, isolates)
    const [ref, other] = [await code.spawn(), await code.spawn()]
    const [events, waiting] = [ref.events('moved'), ref.events('checked')]
    const waits = waiting.next()
    for (let at = 0; at < 3; at++) ref.cast('tell', at)
    await ref.stop()
    expect(await read(events, 9)).toEqual([0, 1, 2])
    expect(await waits).toEqual({ done: true, value: undefined })
    expect(() => ref.on('moved', () => undefined)).toThrow('has stopped')
    await expect(async () => ref.events('moved')).rejects.toMatchObject({ code: 'PROCESS_STOPPED' })
    const others = other.events('moved')
    other.cast('tell', 'serves')
    expect(await read(others, 1)).toEqual(['serves'])
  })

  test('a handler that has let go is heard from the old isolate, behind the upgrade', async () => {
    const { code, root, gates } = await loaded({ 'v2.js': program('2', bothWays) }, isolates)
    const [ref, stays] = [await code.spawn(), await code.spawn()]
    const events = ref.events('moved')
    const streamed = ref.call('wait', { gate: 'long', letGo: true })
    await gates.reached('long')
    const upgrade = ref.upgrade(`${root}/v2.js`, { drainTimeoutMs: 60_000 })
    await expect.poll(() => ref.version).toBe('2')
    await ref.call('emit', [['moved', 'new']])
    gates.open('long')
    expect(await streamed).toBe('1')
    await upgrade
    expect(await read(events, 3)).toEqual(['before, 1', 'new', 'behind, 1'])
    expect(stays.version).toBe('1')
  })
})

test('what still runs of a process that has left a shared isolate cannot emit', async () => {
  const { code, root, gates } = await loaded({ 'v2.js': program('2', bothWays) }, 1)
  const [ref, stays] = [await code.spawn(), await code.spawn()]
  await ref.call('stray', 'left')
  await gates.reached('left')
  const events = ref.events('moved')
  await ref.upgrade(`${root}/v2.js`)
  gates.open('left')
  await gates.reached('PROCESS_STOPPED')
  await ref.call('emit', [['moved', 'new']])
  expect(await read(events, 1)).toEqual(['new'])
  expect(stays.version).toBe('1')
})

test('a version that lacks an event is refused, and where it is allowed, listeners wait', async () => {
  const lacks = program('2', bothWays, 'checked, other: event()').replace(
    "emit('moved', 'init",
    "void ('moved', 'init",
  )
  const { code, root } = await loaded({ 'v2.js': lacks })
  const ref = await code.spawn()
  const events = ref.events('moved')
  const refused = await rejection(code.upgrade(`${root}/v2.js`))
  expect(refused).toMatchObject({
    code: 'CALLS_REMOVED',
    phase: 'plan',
    received: 'none named moved',
  })
  // A version that is loaded may be listened to before a process runs it.
  await code.load(`${root}/v2.js`)
  const others: unknown[] = []
  ref.as<OtherProgram>().on('other', (data) => others.push(data))
  await code.upgrade('2', { allowRemoved: true })
  expect(await rejection(ref.call('emit', [['moved', 1]]))).toMatchObject({
    code: 'UNKNOWN_EVENT',
    version: '2',
    received: 'moved',
    expected: 'one of checked, other',
  })
  await ref.call('emit', [['other', 'heard']])
  expect(others).toEqual(['heard'])
  await code.rollBack()
  ref.cast('tell', 'again')
  expect(await read(events, 1)).toEqual(['again'])
})

interface OtherProgram {
  readonly version: string
  readonly init: () => object
  readonly emits: { readonly other: never }
}
