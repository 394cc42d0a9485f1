// @module-tag once
import type { Phase, ProcessRef, Runtime } from 'moult'
import { expect, test } from 'vitest'
import { phases } from '../../src/upgrade/plan/phases.ts'
import type stepper from '../fixtures/contracts/stepper-v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'
import { rejection, world } from './contract-programs.ts'
import type { Program } from './contract-programs.ts'
import { TestGates } from './gates.ts'

const unchanged = (from: number): string => `codeChange: { '${from}': 'unchanged' },`
const two = { fields: unchanged(1) }

/** The next event of a runtime. */
function event(
  runtime: Runtime,
  name: 'upgradeFailed' | 'restarted' | 'upgraded',
): Promise<unknown> {
  return new Promise((resolve) => runtime.once(name, resolve))
}

/** What the process has handled, as `version:text`. */
function logOf(ref: ProcessRef<Program>): Promise<string[]> {
  return ref.call('log')
}

test('a process steps over itself at the next message boundary', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof stepper>(fixture('contracts/stepper-v1.ts'))
  const process = await code.spawn()
  await code.load(fixture('contracts/stepper-v2.ts'))
  const [step, ...rest] = await Promise.all([
    process.call('step'),
    ...Array.from({ length: 100 }, () => process.call('who')),
  ])
  expect(step).toBe('1')
  expect(new Set(rest)).toEqual(new Set(['2']))
  expect(process.version).toBe('2')
  expect(process.isPinned).toBe(false)
})

test('where nothing is newer, the process goes on', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof stepper>(fixture('contracts/stepper-v1.ts'))
  const process = await code.spawn()
  const replies = [process.call('step'), process.call('step'), process.call('who')]
  expect(await Promise.all(replies)).toEqual(['1', '1', '1'])
})

test('under traffic of several senders nothing is lost, doubled or out of order, and the very next message is the new version’s', async () => {
  const { code, file } = await world([{}, two, { fields: unchanged(2) }])
  const [ref, relay] = [await code.spawn({ name: 'target' }), await code.spawn()]
  await code.load(file(2))
  const count = 3000
  const replies: Promise<unknown>[] = []
  for (let n = 0; n < count; n++) {
    if (n === 1000) replies.push(ref.call('step', 'step'))
    for (const sender of ['a', 'b', 'c']) {
      if (n % 3 === 0) ref.cast('put', `${sender}${n}`)
      else replies.push(ref.call('number', `${sender}${n}`))
    }
    if (n % 500 === 0) replies.push(relay.call('relay', 'target'))
    if (n % 200 === 0) await Promise.all(replies)
  }
  await Promise.all(replies)
  const log = await logOf(ref)
  const at = log.findIndex((line) => line === '1:step')
  expect(log.slice(0, at).every((line) => line.startsWith('1:'))).toBe(true)
  expect(log.slice(at + 1).every((line) => line.startsWith('2:'))).toBe(true)
  for (const sender of ['a', 'b', 'c']) {
    const own = log.flatMap((line) => /^\d:([abc]\d+)$/.exec(line)?.[1] ?? [])
    expect(own.filter((text) => text.startsWith(sender))).toEqual(
      Array.from({ length: count }, (_, n) => `${sender}${n}`),
    )
  }
  expect(log.filter((line) => line.endsWith('not a number'))).toHaveLength(count / 500)
})

test('what moves its buffers is handled by the version that comes next, too', async () => {
  const { code, file } = await world([
    {},
    { ...two, calls: "bytes: (_state, bytes) => '2:' + bytes.byteLength," },
  ])
  const ref = await code.spawn()
  await code.load(file(2))
  const step = ref.call('step', 'step')
  const bytes = new Uint8Array(5)
  const moved = ref.with({ transfer: [bytes.buffer] }).call('bytes', bytes)
  expect(await Promise.all([step, moved])).toEqual(['1', '2:5'])
})

test('a buffer that waited for an answer is handled where nothing is newer', async () => {
  const { code } = await world([{}])
  const ref = await code.spawn()
  const step = ref.call('step', 'step')
  const bytes = new Uint8Array(5)
  const moved = ref.with({ transfer: [bytes.buffer] }).call('bytes', bytes)
  expect(await Promise.all([step, moved])).toEqual(['1', 5])
})

test('several handlers ask at once: the process steps once, when all have finished', async () => {
  const calls = `both: async (state, gate, context) => {
    context.upgradeSelf()
    await context.services.gates.pass(gate)
    return context.self.version
  },`
  const { code, file, gates, runtime } = await world([
    { calls, fields: 'concurrency: 3,' },
    { calls, fields: unchanged(1) + 'concurrency: 3,' },
  ])
  const ref = await code.spawn()
  const upgrades: unknown[] = []
  runtime.on('upgraded', (report) => upgrades.push(report))
  const asking = ['a', 'b'].map((gate) => ref.call('both' as 'number', gate))
  await gates.reached('a')
  const behind = ref.call('number', 'behind')
  await code.load(file(2))
  const third = ref.call('both' as 'number', 'c')
  for (const gate of ['a', 'b', 'c']) gates.open(gate)
  await Promise.all([...asking, behind, third])
  // Those that asked before the second version was there may have been told to stay; the third asks again.
  await expect.poll(() => ref.version).toBe('2')
  // Told once the old place is free.
  await expect.poll(() => upgrades.length).toBe(1)
  expect(await ref.call('both' as 'number', 'a')).toBe('2')
})

test.each([
  ['nothing leads to it', '', 'NO_MIGRATION'],
  [
    'its codeChange throws',
    `codeChange: { '1': () => { throw new Error('no') } },`,
    'CODE_CHANGE_FAILED',
  ],
  [
    'its onLoad fails by then',
    `${unchanged(1)} onLoad: async ({ services }) => {
      if (await services.book.isBad()) throw new Error('no')
    },`,
    'ON_LOAD_FAILED',
  ],
])(
  'where the newest version cannot take over, for %s, this one goes on with its queue',
  async (_, fields, expected) => {
    let isBad = false
    const services = { book: { isBad: () => isBad } } as never
    const { runtime, code, file } = await world([{}, { fields }], { services, warmSpares: 0 })
    const ref = await code.spawn()
    const other = await code.spawn()
    await code.load(file(2))
    if (expected === 'ON_LOAD_FAILED') await rejection(other.upgrade(file(2)))
    isBad = true
    const { threadId } = await ref.inspect()
    const failed = event(runtime, 'upgradeFailed')
    const step = ref.call('step', 'step')
    const rest = [1, 2, 3].map((n) => ref.call('number', n))
    expect(await failed).toMatchObject({ codeName: code.name, error: { code: expected } })
    expect(await Promise.all([step, ...rest])).toEqual(['1', 1, 2, 3])
    expect((await ref.inspect()).threadId).toBe(threadId)
    const again = event(runtime, 'upgradeFailed')
    expect(await Promise.all([ref.call('step', 'again'), ref.call('number', 4)])).toEqual(['1', 4])
    expect(await again).toMatchObject({ error: { code: expected } })
  },
)

test('an ask in init does nothing, also after a crash', async () => {
  const fields = `init: (_args, context) => (context.upgradeSelf(), { log: [] }),`
  const { code, file } = await world([{ fields }, two])
  const ref = await code.spawn()
  await code.load(file(2))
  expect(await ref.call('number', 1)).toBe(1)
  await expect(ref.call('die')).rejects.toMatchObject({ code: 'ISOLATE_EXITED' })
  expect(await ref.call('number', 2)).toBe(2)
  expect(ref.version).toBe('1')
  expect(await ref.call('step', 'now')).toBe('1')
  expect(await ref.call('number', 3)).toBe(3)
  expect(await logOf(ref)).toEqual(['1:2', '1:now', '2:3'])
})

// Where no `codeChange` runs, nothing is rehearsed.
test.each(phases.filter((phase) => phase !== 'rehearse'))(
  'an ask while the whole code is upgraded and at %s: it is moved once, by one or the other',
  async (at) => {
    const gates = new TestGates()
    const faultPoint = (phase: Phase): Promise<void> | undefined => {
      return phase === at ? gates.pass(at) : undefined
    }
    const { code, file } = await world([{}, two], { faultPoint }, gates)
    const [ref, other] = [await code.spawn(), await code.spawn()]
    const upgrade = code.upgrade(file(2))
    await gates.reached(at)
    const step = ref.call('step', 'step')
    const behind = ref.call('number', 1)
    gates.open(at)
    await upgrade
    expect(await behind).toBe(1)
    expect(await step).toMatch(/^[12]$/)
    expect([ref.version, other.version]).toEqual(['2', '2'])
    expect((await ref.inspect()).totals.upgrades).toBe(1)
    expect(await logOf(ref)).toHaveLength(2)
  },
)

test('an upgrade of the whole code that fails leaves an ask its turn', async () => {
  const gates = new TestGates()
  let fails = 1
  const faultPoint = async (phase: Phase): Promise<void> => {
    if (phase !== 'resume' || fails-- <= 0) return
    await gates.pass('resume')
    throw new Error('not today')
  }
  const { code, file } = await world([{}, two], { faultPoint }, gates)
  const ref = await code.spawn()
  await code.load(file(2))
  const upgrade = rejection(code.upgrade(file(2)))
  await gates.reached('resume')
  const replies = [ref.call('step', 'step'), ref.call('number', 1)]
  gates.open('resume')
  expect(await upgrade).toMatchObject({ phase: 'resume' })
  expect(await Promise.all(replies)).toEqual(['1', 1])
  expect(await logOf(ref)).toEqual(['1:step', '2:1'])
})

test.each([true, false])(
  'a stop right behind an ask (drain %s) ends as it would without',
  async (drain) => {
    const { runtime, code, file } = await world([{}, two])
    const ref = await code.spawn()
    await code.load(file(2))
    const step = ref.call('step', 'step')
    const behind = ref.call('number', 1).catch((error: unknown) => error)
    await step
    await ref.stop({ drain })
    if (drain) expect(await behind).toBe(1)
    else
      expect([1, expect.objectContaining({ code: 'PROCESS_STOPPED' })]).toContainEqual(await behind)
    expect(runtime.processes()).toEqual([])
  },
)

test('a close right behind an ask handles what was accepted', async () => {
  const { runtime, code, file } = await world([{}, two])
  const ref = await code.spawn()
  await code.load(file(2))
  const replies = [ref.call('step', 'step'), ref.call('number', 1), ref.call('number', 2)]
  const closed = runtime.close()
  expect(await Promise.all(replies)).toEqual(['1', 1, 2])
  await closed
  expect(runtime.isolates).toBe(0)
})

test('the thread dies right after asking: what follows is handled, once', async () => {
  const calls = `askAndDie: (_state, _payload, context) => {
    context.upgradeSelf()
    setImmediate(() => process.exit(5))
    return new Promise(() => undefined)
  },`
  const { runtime, code, file } = await world([{ calls }, { ...two, calls }])
  const ref = await code.spawn()
  await code.load(file(2))
  const restarted = event(runtime, 'restarted')
  const hit = rejection(ref.call('askAndDie' as 'number', 0))
  const rest = [1, 2, 3].map((n) => ref.call('number', n))
  expect(await hit).toMatchObject({ code: 'ISOLATE_EXITED' })
  expect(await Promise.all(rest)).toEqual([1, 2, 3])
  await restarted
  const log = await logOf(ref)
  expect(log.map((line) => line.slice(2))).toEqual(['1', '2', '3'])
  expect(await ref.call('step', 'again')).toMatch(/^[12]$/)
  expect(await ref.call('number', 4)).toBe(4)
  expect((await logOf(ref)).at(-1)).toBe('2:4')
})

test('it does not step into a version that the code was downgraded or rolled back from', async () => {
  const back = `downgrade: { '1': (state) => state },`
  const { code, file } = await world([{}, { fields: unchanged(1) + back }])
  const ref = await code.spawn()
  for (const rollBack of [() => code.downgrade(file(1)), () => code.rollBack()]) {
    await code.upgrade(file(2))
    await rollBack()
    expect(await Promise.all([ref.call('step', 'x'), ref.call('step', 'y')])).toEqual(['1', '1'])
    expect(ref.version).toBe('1')
  }
})

test('a chain of versions is stepped through one by one, or at once by composed migrations', async () => {
  const moved = (from: number): string =>
    `codeChange: { '${from}': (old) => ({ log: [...old.log, '${from} → ${from + 1}'] }) },`
  const { code, file } = await world([{}, { fields: moved(1) }, { fields: moved(2) }])
  const [slow, fast] = [await code.spawn(), await code.spawn()]
  await code.load(file(2))
  expect(await Promise.all([slow.call('step', 'a'), slow.call('number', 'b')])).toEqual(['1', 'b'])
  await code.load(file(3))
  expect(await Promise.all([slow.call('step', 'c'), slow.call('number', 'd')])).toEqual(['2', 'd'])
  expect(await Promise.all([fast.call('step', 'e'), fast.call('number', 'f')])).toEqual(['1', 'f'])
  expect(await logOf(slow)).toEqual(['1:a', '1 → 2', '2:b', '2:c', '2 → 3', '3:d'])
  expect(await logOf(fast)).toEqual(['1:e', '1 → 2', '2 → 3', '3:f'])
})

test('who steps by itself is no longer pinned', async () => {
  const { code, file } = await world([{}, two])
  const ref = await code.spawn({ version: '1' })
  await code.load(file(2))
  expect(ref.isPinned).toBe(true)
  await Promise.all([ref.call('step', 'x'), ref.call('number', 1)])
  expect(ref.version).toBe('2')
  await expect.poll(() => ref.isPinned).toBe(false)
})
