// @module-tag once
import type { ProcessRef } from 'moult'
import { expect, test } from 'vitest'
import { rejection, world } from './contract-programs.ts'
import type { Parts, Program, World } from './contract-programs.ts'

/** `ask` waits at its gate and then asks another process. */
const asking = `
  ask: async (_state, { gate, to }, context) => {
    await context.services.gates.pass(gate)
    return 'told ' + (await context.call(to, 'number', gate))
  },
  askThrough: (_state, { by, to }, context) => context.call(by, 'relay', to),
`

interface Asking {
  readonly version: string
  readonly init: Program['init']
  readonly calls: Program['calls'] & {
    readonly ask: (state: unknown, question: { gate: string; to: string }) => Promise<string>
    readonly askThrough: (state: unknown, way: { by: string; to: string }) => Promise<unknown>
  }
  readonly casts: Program['casts']
}

const versions: Parts[] = [
  { calls: asking },
  { calls: asking, fields: "codeChange: { '1': (old) => old }," },
]

async function pair(): Promise<World & { one: ProcessRef<Asking>; other: ProcessRef<Asking> }> {
  const made = await world(versions)
  const one = (await made.code.spawn({ name: 'one' })).as<Asking>()
  const other = (await made.code.spawn({ name: 'other' })).as<Asking>()
  return { ...made, one, other }
}

test.each([true, false])(
  'a handler asks another process that is upgraded with its own (rehearse %s)',
  async (rehearse) => {
    const { code, file, gates, one, other } = await pair()
    const asked = one.call('ask', { gate: 'a', to: 'other' })
    await gates.reached('a')
    const upgrade = code.upgrade(file(2), { rehearse, maxStallMs: 60_000 })
    // The copy of `one`'s state, too, is taken between two messages.
    if (!rehearse)
      await expect.poll(async () => (await other.inspect()).lifecycle).toBe('suspended')
    gates.open('a')
    expect(await asked).toBe('told a')
    const { processes } = await upgrade
    expect(processes.map(({ name }) => name).sort()).toEqual(['one', 'other'])
    expect(await other.call('log')).toEqual(['1:a'])
    expect([one.version, other.version]).toEqual(['2', '2'])
  },
)

/** `other` is busy at the gate 'busy', and `sent` such messages wait behind it. */
async function waitsBehind(other: ProcessRef<Asking>, sent: number): Promise<void> {
  await expect.poll(async () => (await other.inspect()).queueLength).toBe(sent + 1)
}

test('a handler waits for a call that the other had accepted before it was suspended', async () => {
  const { code, file, gates, one, other } = await pair()
  const busy = other.call('wait', 'busy')
  await gates.reached('busy')
  gates.open('a')
  const asked = one.call('ask', { gate: 'a', to: 'other' })
  await waitsBehind(other, 1)
  const upgrade = code.upgrade(file(2), { rehearse: false, maxStallMs: 60_000 })
  await expect.poll(async () => (await other.inspect()).lifecycle).toBe('suspended')
  gates.open('busy')
  expect(await asked).toBe('told a')
  const { processes } = await upgrade
  expect(processes).toHaveLength(2)
  await busy
  expect(await other.call('log')).toEqual(['1:a'])
})

test.each([
  { moment: 'before the suspend', isEarly: true },
  { moment: 'after it', isEarly: false },
])(
  'a handler waits for one of another code, which calls a process that stands still $moment',
  async ({ isEarly }) => {
    const { runtime, code, file, gates, one, other } = await pair()
    const between = await runtime.load<Asking>(file(1), { name: 'between' })
    const middle = await between.spawn({ name: 'middle' })
    const [busy, held] = [other.call('wait', 'busy'), middle.call('wait', 'held')]
    await Promise.all([gates.reached('busy'), gates.reached('held')])
    const asked = one.call('askThrough', { by: 'middle', to: 'other' })
    if (isEarly) {
      gates.open('held')
      await waitsBehind(other, 1)
    }
    const upgrade = code.upgrade(file(2), { rehearse: false, maxStallMs: 60_000 })
    await expect.poll(async () => (await other.inspect()).lifecycle).toBe('suspended')
    gates.open('busy')
    await busy
    gates.open('held')
    expect(await asked).toBe('not a number')
    await Promise.all([upgrade, held])
    expect(await other.call('log')).toEqual(['1:not a number'])
  },
)

test('a call that no handler of the others waits for is answered by the new version', async () => {
  const { runtime, code, file, gates, one, other } = await pair()
  const between = await runtime.load<Asking>(file(1), { name: 'between' })
  const middle = await between.spawn({ name: 'middle' })
  const [busy, slow] = [other.call('wait', 'busy'), one.call('wait', 'slow')]
  await Promise.all([gates.reached('busy'), gates.reached('slow')])
  const asked = middle.call('relay', 'other')
  await waitsBehind(other, 1)
  const upgrade = code.upgrade(file(2), { rehearse: false, maxStallMs: 60_000 })
  await expect.poll(async () => (await other.inspect()).lifecycle).toBe('suspended')
  gates.open('busy')
  await busy
  gates.open('slow')
  await Promise.all([upgrade, slow, asked])
  expect(await other.call('log')).toEqual(['2:not a number'])
})

test('each asks the other, again and again, while both are upgraded: nothing waits for ever, and each answer comes once', async () => {
  const { code, file, gates, one, other } = await pair()
  const asked = Array.from({ length: 30 }, (_, index) => {
    const gate = `g${index}`
    gates.open(gate)
    // Not both ways at once: two processes that wait for each other's handlers do so for ever.
    const from = index < 15 ? one : other
    return { from, gate, to: index < 15 ? 'other' : 'one' }
  })
  const first = asked.slice(0, 15).map(({ from, ...question }) => from.call('ask', question))
  await code.upgrade(file(2), { rehearse: false })
  await Promise.all(first)
  const second = asked.slice(15).map(({ from, ...question }) => from.call('ask', question))
  const gone = one.call('log')
  expect(await Promise.all(second)).toEqual(asked.slice(15).map(({ gate }) => `told ${gate}`))
  await gone
  const noted = (await other.call('log')).map((line) => line.slice(2))
  expect(noted).toEqual(asked.slice(0, 15).map(({ gate }) => gate))
})

test('one that never reaches its boundary fails the upgrade, and who had stopped goes on as it was', async () => {
  const { code, file, gates, one, other } = await pair()
  const asked = one.call('ask', { gate: 'a', to: 'other' })
  await gates.reached('a')
  const upgrade = code.upgrade(file(2), { rehearse: false, suspendTimeoutMs: 50 })
  expect(await rejection(upgrade)).toMatchObject({ code: 'SUSPEND_TIMEOUT', process: 'one' })
  expect(await other.call('number', 7)).toBe(7)
  gates.open('a')
  expect(await asked).toBe('told a')
  expect([one.version, other.version]).toEqual(['1', '1'])
})

test('close() handles what was accepted, also where that asks other processes', async () => {
  const { runtime, gates, one, other } = await pair()
  const asked = Array.from({ length: 20 }, (_, index) => {
    gates.open(`g${index}`)
    return one.call('ask', { gate: `g${index}`, to: 'other' })
  })
  const closed = runtime.close()
  expect(await Promise.all(asked)).toEqual(asked.map((_, index) => `told g${index}`))
  await closed
  expect(await rejection(other.call('log'))).toMatchObject({ code: 'PROCESS_STOPPED' })
})
