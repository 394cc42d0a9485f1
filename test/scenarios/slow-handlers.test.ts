// @module-tag once
import { writeFile } from 'node:fs/promises'
import type { Code, ProcessRef, Runtime } from 'moult'
import { describe, expect, test } from 'vitest'
import { gate } from '../support/gate.ts'
import { rejection, source, world } from './contract-programs.ts'
import type { Parts, Program, World } from './contract-programs.ts'

const several = (from?: number): Parts => ({
  fields: `concurrency: 8, ${from === undefined ? '' : `codeChange: { '${from}': 'unchanged' }, downgrade: { '${from}': (state) => state },`}`,
})
const versions = [several(), several(1), several(2)]

interface Made extends World {
  readonly code: Code<Program>
  readonly ref: ProcessRef<Program>
}

/** A way to another version: how the processes come to where it begins, and how it is gone. */
interface Way {
  readonly from: string
  readonly to: string
  readonly isolates?: number
  readonly begin?: (made: Made) => Promise<unknown>
  readonly go: (made: Made) => Promise<unknown>
}

/** The end of the next upgrade that has no caller. */
function upgraded(runtime: Runtime): Promise<unknown> {
  return new Promise((resolve) => runtime.once('upgraded', resolve))
}

const up = ({ code, file }: Made): Promise<unknown> => code.upgrade(file(2))

const ways: Record<string, Way> = {
  'code.upgrade': { from: '1', to: '2', go: up },
  'code.upgrade without a dry run': {
    from: '1',
    to: '2',
    go: ({ code, file }) => code.upgrade(file(2), { rehearse: false }),
  },
  'code.upgrade in a shared isolate': { from: '1', to: '2', isolates: 1, go: up },
  'a rolling upgrade with threads of their own': {
    from: '1',
    to: '2',
    go: ({ code, file }) => code.upgrade(file(2), { mode: 'rolling', blocked: 'wait' }),
  },
  'ref.upgrade': { from: '1', to: '2', go: ({ ref, file }) => ref.upgrade(file(2)) },
  'code.downgrade': { from: '2', to: '1', begin: up, go: ({ code }) => code.downgrade('1') },
  'code.rollBack': { from: '2', to: '1', begin: up, go: ({ code }) => code.rollBack() },
  'ref.downgrade': { from: '2', to: '1', begin: up, go: ({ ref }) => ref.downgrade('1') },
  upgradeSelf: {
    from: '1',
    to: '2',
    begin: ({ code, file }) => code.load(file(2)),
    go: async ({ runtime, ref }) => {
      const moved = upgraded(runtime)
      await ref.call('step', 'step')
      return moved
    },
  },
  watch: {
    from: '1',
    to: '1',
    begin: async ({ code }) => code.watch({ debounceMs: 0 }),
    go: async ({ runtime, file }) => {
      const moved = upgraded(runtime)
      await writeFile(file(1), source('1', several(1)))
      return moved
    },
  },
}

/** Tells of each suspend that is about to be asked for. */
let suspending = gate()

async function begin({ isolates, begin: beginAt }: Way): Promise<Made> {
  const made = await world(versions, {
    faultPoint: (phase) => {
      if (phase === 'suspend') setImmediate(() => suspending.open())
    },
  })
  const { runtime, file } = made
  const code =
    isolates === undefined
      ? made.code
      : await runtime.load<Program>(file(1), { name: 'shared', isolates })
  const ref = await code.spawn()
  // A neighbour, where they share.
  if (isolates !== undefined) await code.spawn()
  const begun = { ...made, code, ref }
  await beginAt?.(begun)
  suspending = gate()
  return begun
}

describe.each(Object.entries(ways))('%s', (_name, way) => {
  test('serves while a handler does not end, and moves when it has', async () => {
    const made = await begin(way)
    const { ref, gates } = made
    const slow = ref.call('wait', 'slow')
    await gates.reached('slow')
    let isOver = false
    const moved = way.go(made).finally(() => (isOver = true))
    await suspending.opened
    // Each is answered by the version that serves, for what it waits for does not end before.
    for (let n = 0; n < 20; n++) expect(await ref.call('number', n)).toBe(n)
    expect([isOver, ref.version]).toEqual([false, way.from])
    gates.open('slow')
    await moved
    await slow
    expect(ref.version.split('+')[0]).toBe(way.to)
    const numbers = (await ref.call('log')).filter((line) => /\d$/.test(line))
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, n) => `${way.from}:${n}`))
  })
})

test('one that never ends fails the upgrade, and the others have been served all the time', async () => {
  const { code, file, gates } = await world(versions)
  const ref = await code.spawn()
  const slow = ref.call('wait', 'slow')
  await gates.reached('slow')
  const over = new AbortController()
  const failed = rejection(code.upgrade(file(2), { suspendTimeoutMs: 600 }))
  void failed.then(() => over.abort())
  let served = 0
  while (!over.signal.aborted) expect(await ref.call('number', served)).toBe(served++)
  expect(await failed).toMatchObject({ code: 'SUSPEND_TIMEOUT', phase: 'suspend' })
  expect(served).toBeGreaterThan(20)
  gates.open('slow')
  await slow
  await code.upgrade(file(2))
  expect(ref.version).toBe('2')
})

test.each([{}, { mailbox: { capacity: 10 } }])(
  'thousands of messages are handled beside one that does not end: %o',
  async (options) => {
    const { code, gates } = await world(versions)
    const ref = await code.spawn(options)
    const slow = ref.call('wait', 'slow')
    await gates.reached('slow')
    for (let n = 0; n < 3000; n++) expect(await ref.call('number', n)).toBe(n)
    expect(await ref.inspect()).toMatchObject({ queueLength: 1, inFlight: 1 })
    gates.open('slow')
    await slow
    expect(await ref.inspect()).toMatchObject({ queueLength: 0, inFlight: 0 })
  },
)

describe.each(['per-process', 1] as const)(
  'processes that move together, isolates: %s',
  (isolates) => {
    test.each([1, 8])('serve while one of them is slow (concurrency %s)', async (concurrency) => {
      const fields = `concurrency: ${concurrency},`
      const step = "codeChange: { '1': 'unchanged' },"
      const { runtime, file, gates } = await world([{ fields }, { fields: fields + step }], {
        faultPoint: (phase) => {
          if (phase === 'suspend') setImmediate(() => suspending.open())
        },
      })
      suspending = gate()
      const code = await runtime.load<Program>(file(1), { name: 'together', isolates })
      const [busy, ...others] = [await code.spawn(), await code.spawn(), await code.spawn()]
      const slow = busy.call('wait', 'slow')
      await gates.reached('slow')
      const upgrade = code.upgrade(file(2), { mode: 'atomic', rehearse: false })
      await suspending.opened
      for (let n = 0; n < 20; n++) {
        expect(await Promise.all(others.map((ref) => ref.call('number', n)))).toEqual([n, n])
      }
      expect(others.map(({ version }) => version)).toEqual(['1', '1'])
      gates.open('slow')
      expect((await upgrade).processes).toHaveLength(3)
      await slow
      const numbers = Array.from({ length: 20 }, (_, n) => `1:${n}`)
      expect(await Promise.all(others.map((ref) => ref.call('log')))).toEqual([numbers, numbers])
      expect([busy, ...others].map(({ version }) => version)).toEqual(['2', '2', '2'])
    })
  },
)
