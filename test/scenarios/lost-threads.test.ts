import { once } from 'node:events'
import { expect, test } from 'vitest'
import type stockV1 from '../fixtures/tables/stock-v1.ts'
import { rejection, world } from './contract-programs.ts'
import type { Parts, Program, World } from './contract-programs.ts'
import { files, share } from './shared.ts'
import { stockFiles, stocked } from './stock.ts'

type Stock = typeof stockV1

/** The same program once more, with one thread for all its processes. */
async function shared(parts: readonly Parts[]): Promise<World> {
  const made = await world(parts)
  const code = await made.runtime.load<Program>(made.file(1), { name: 'shared', isolates: 1 })
  return { ...made, code }
}

const from1 = "codeChange: { '1': 'unchanged' },"

test('close() does not wait for answers of a process whose thread has died', async () => {
  const late =
    "late: async (_, to, context) => (await context.services.gates.pass('late'), context.call(to, 'log')),"
  const { runtime, code, gates } = await world([{ calls: late }])
  const [asked, asking, later] = [
    await code.spawn({ name: 'asked' }),
    await code.spawn(),
    await code.spawn(),
  ]
  const waits = rejection(asked.call('wait', 'before'))
  await gates.reached('before')
  const dies = rejection(asked.call('die'))
  const asks = rejection(asking.call('relay', 'asked'))
  const asksLater = rejection((later as unknown as Late).call('late', 'asked'))
  await gates.reached('late')
  await expect.poll(async () => (await asked.inspect()).queueLength).toBe(3)
  const closed = runtime.close({ timeoutMs: 120_000 })
  gates.open('before')
  expect(await waits).toBeUndefined()
  expect(await dies).toMatchObject({ code: 'ISOLATE_EXITED' })
  expect(await asks).toMatchObject({ code: 'PROCESS_STOPPED' })
  gates.open('late')
  expect(await asksLater).toMatchObject({ code: 'PROCESS_STOPPED' })
  await closed
})

interface Late {
  call(name: 'late', to: string): Promise<unknown>
}

test('a process that steps over itself out of a shared thread harms nobody there', async () => {
  const { runtime, code, file } = await shared([{}, { fields: from1 }])
  const [stepping, neighbour] = [await code.spawn(), await code.spawn()]
  const crashed: string[] = []
  runtime.on('crashed', ({ process }) => crashed.push(process))
  await neighbour.call('number', 7)
  await code.load(file(2))
  const upgraded = once(runtime, 'upgraded')
  await stepping.call('step', 'step')
  await upgraded
  expect(stepping.version).toBe('2')
  // What is said to the place that it has left is said before the second of these.
  await stepping.call('number', 1)
  await neighbour.call('log')
  expect(await neighbour.call('log')).toEqual(['1:7'])
  expect(crashed).toEqual([])
})

test('a timer that a process has left behind in a shared thread cannot speak for whoever has its place', async () => {
  const linger = `
    linger: (_, to, context) => {
      const refused = (error) => { globalThis.refused = error.code }
      globalThis.lingering = setInterval(() => context.call(to, 'number', 1).catch(refused), 1)
    },
    refused: () => globalThis.refused ?? 'not yet',
    quiet: () => clearInterval(globalThis.lingering),`
  const { code } = await shared([{ calls: linger }])
  const [leaving, neighbour] = [await code.spawn(), await code.spawn()]
  const speaker = leaving as unknown as Speaker
  await speaker.call('linger', neighbour.id)
  await expect.poll(async () => (await neighbour.call('log')).length).toBeGreaterThan(0)
  await leaving.stop()
  const next = (await code.spawn()) as unknown as Speaker
  await expect.poll(() => next.call('refused')).toBe('PROCESS_STOPPED')
  await next.call('quiet')
})

interface Speaker {
  call(name: 'linger' | 'refused' | 'quiet', to?: string): Promise<unknown>
}

test.each([true, false])(
  'a codeChange that loops for ever harms nobody who lives there already (the process is stopped meanwhile: %s)',
  async (isStopped) => {
    const { runtime, code, rooms } = await share(2, 1)
    const crashed: string[] = []
    runtime.on('crashed', ({ process }) => crashed.push(process))
    await code.load(files.v2)
    await rooms[0]!.upgrade('2.0.0')
    await rooms[0]!.call('enter', { sender: 'me', number: 1 })
    const runs = new SharedArrayBuffer(4)
    const extra = { at: 'all', by: 'loop', runs }
    const upgrade = rejection(rooms[1]!.upgrade('2.0.0', { extra, codeChangeTimeoutMs: 1000 }))
    await expect.poll(() => new Int32Array(runs)[0]).toBe(1)
    if (isStopped) await rooms[1]!.stop()
    expect(await upgrade).toMatchObject({
      code: isStopped ? 'PROCESS_STOPPED' : 'CODE_CHANGE_TIMEOUT',
    })
    expect(await rooms[0]!.call('get')).toBe(1001)
    expect(crashed).toEqual([])
    if (!isStopped) expect(await rooms[1]!.call('get')).toBe(1001)
  },
)

test('an audit that loops for ever where others live holds nobody up', async () => {
  const upcast = "upcast: { '1': { calls: { number: () => { for (;;); } } } },"
  const { code, gates, file } = await shared([{}, { fields: from1 + upcast }])
  const [one, two] = [await code.spawn(), await code.spawn()]
  await code.load(file(2))
  await one.upgrade('2')
  const busy = two.call('wait', 'busy')
  await gates.reached('busy')
  const waiting = two.call('number', 7)
  const upgrade = two.upgrade('2', { codeChangeTimeoutMs: 500, rehearse: false })
  await expect(upgrade).rejects.toMatchObject({ code: 'CODE_CHANGE_TIMEOUT', phase: 'audit' })
  gates.open('busy')
  await busy
  expect(await waiting).toBe(7)
  expect(await one.call('log')).toEqual([])
})

test('a record’s migration that loops for ever where others live holds nobody up', async () => {
  const { runtime } = await stocked(1)
  const options = { name: 'shared', isolates: 1 }
  const code = await runtime.load<Stock>(stockFiles['1.0.0'], options)
  const [one, two] = [await code.spawn({ args: 10 }), await code.spawn({ args: 10 })]
  await code.load(stockFiles['2.0.0'])
  await one.upgrade('2.0.0')
  const change = { extra: { fault: 'loop', at: 'item 7' }, codeChangeTimeoutMs: 500 }
  const upgrade = two.upgrade('2.0.0', change)
  await expect(upgrade).rejects.toMatchObject({ code: 'CODE_CHANGE_TIMEOUT', phase: 'copy' })
  await one.call('where')
  await two.call('where')
})

test('a downgrade’s record function that loops for ever ends its thread, and the process is made anew', async () => {
  const { code, ref } = await stocked(10, '2.0.0')
  await code.load(stockFiles['1.0.0'])
  const thread = await ref.call('where')
  const change = { extra: { fault: 'loop', at: 'item 7' }, codeChangeTimeoutMs: 500 }
  const downgrade = code.downgrade('1.0.0', change)
  await expect(downgrade).rejects.toMatchObject({ code: 'CODE_CHANGE_TIMEOUT', phase: 'copy' })
  expect(await ref.call('where')).not.toBe(thread)
})

test('a handler that outlives its process does not keep the thread from which all others have gone', async () => {
  const { runtime, rooms, gates } = await share(2, 1, { exitGraceMs: 50, warmSpares: 0 })
  const held = rejection(rooms[0]!.call('wait', 'for ever'))
  await gates.reached('for ever')
  await rooms[0]!.stop({ timeoutMs: 20 })
  expect(await held).toMatchObject({ code: 'PROCESS_STOPPED' })
  expect(runtime.isolates).toBe(1)
  await rooms[1]!.stop()
  expect(runtime.isolates).toBe(0)
})
