import { describe, expect, test } from 'vitest'
import { phases } from '../../src/upgrade/plan/phases.ts'
import { all, bothWays, failure, loaded, program, upTo } from './streams-program.ts'
import type { Made } from './streams-program.ts'

/** An unchanged state is not rehearsed, and what has moved is left behind whatever happens there. */
const faulty = phases.filter((phase) => phase !== 'rehearse' && phase !== 'unload')

const v2 = { 'v2.js': program('2', bothWays) }

/** Reads to the end; calls back at some items, before the next is asked for. */
async function read(
  items: AsyncIterable<Made>,
  at: Readonly<Record<number, () => unknown>>,
): Promise<{ readonly numbers: number[]; readonly by: string[] }> {
  const come: Made[] = []
  for await (const item of items) {
    come.push(item)
    await at[item.at]?.()
  }
  return { numbers: come.map((item) => item.at), by: [...new Set(come.map((item) => item.by))] }
}

describe.each(['per-process', 1] as const)('isolates: %s', (isolates) => {
  test.each([1, 2])(
    'a resumable stream moves there and back, concurrency: %i',
    async (concurrency) => {
      const extra = `concurrency: ${concurrency},`
      const files = { 'v2.js': program('2', bothWays + extra) }
      const { code, root } = await loaded(files, isolates, { extra })
      const ref = await code.spawn()
      const come = await read(ref.stream('count', { to: 120 }), {
        20: () => code.upgrade(`${root}/v2.js`),
        60: () => code.downgrade(`${root}/v1.js`),
        90: () => ref.upgrade(`${root}/v2.js`),
      })
      expect(come).toEqual({ numbers: upTo(120), by: ['1', '2'] })
      // Each generator was ended, its `finally` before the state left.
      expect(await ref.call('get')).toEqual({ made: 120, sum: 0, ended: 4 })
      expect(ref.version).toBe('2')
    },
  )

  test.each(['rolling', 'atomic'] as const)('many streams move, mode: %s', async (mode) => {
    const { code, root } = await loaded(v2, isolates)
    const refs = await Promise.all(upTo(3).map(() => code.spawn()))
    let moved: Promise<unknown> | undefined
    const move = (): void => void (moved ??= code.upgrade(`${root}/v2.js`, { mode }))
    const streams = refs.map((ref) => read(ref.stream('count', { to: 400 }), { 10: move }))
    for (const { numbers } of await Promise.all(streams)) expect(numbers).toEqual(upTo(400))
    await moved
    expect(refs.map(({ version }) => version)).toEqual(['2', '2', '2'])
  })

  test('a stream whose reader stands still moves with what waits', async () => {
    const { code, root } = await loaded(v2, isolates)
    const ref = await code.spawn()
    const stream = ref.stream('count', { to: 60 })
    await stream.next()
    await code.upgrade(`${root}/v2.js`)
    const rest = await all(stream)
    expect(rest.map(({ at }) => at)).toEqual(upTo(60).slice(1))
    expect(new Set(rest.map(({ by }) => by))).toEqual(new Set(['1', '2']))
  })

  test('what is asked of a stream while it waits for its turn in the new version is not lost', async () => {
    const extra = 'concurrency: 2,'
    const files = { 'v2.js': program('2', bothWays) }
    const { code, root, gates } = await loaded(files, isolates, { extra })
    const ref = await code.spawn()
    // In the new version, which handles one at a time, the second has to wait for the first.
    const first = ref.stream('count', { to: 40, gates: [30] })
    await first.next()
    const second = ref.stream('count', { to: 40 })
    await second.next()
    await code.upgrade(`${root}/v2.js`)
    const others = upTo(16).map(() => second.next())
    const firstRest = all(first)
    await gates.reached('item 30')
    gates.open('item 30')
    expect(await firstRest).toHaveLength(39)
    const numbers = (await Promise.all(others)).map(({ value }) => (value as Made).at)
    expect([...numbers, ...(await all(second)).map(({ at }) => at)]).toEqual(upTo(40).slice(1))
  })

  test('an upgrade waits for the end of a stream that is not resumable', async () => {
    const { code, root, gates } = await loaded(v2, isolates)
    const ref = await code.spawn()
    let moved: Promise<unknown> | undefined
    const come = read(ref.stream('once', { to: 40, gates: [39] }), {
      5: () => void (moved = code.upgrade(`${root}/v2.js`)),
    })
    await gates.reached('item 39')
    gates.open('item 39')
    expect(await come).toEqual({ numbers: upTo(40), by: ['1'] })
    await moved
    expect(ref.version).toBe('2')
  })

  test('an upgrade fails behind a stream that does not end in time, and it goes on', async () => {
    const { code, root } = await loaded(v2, isolates)
    const ref = await code.spawn()
    const stream = ref.stream('once', { to: 50 })
    await stream.next()
    const error = await failure(code.upgrade(`${root}/v2.js`, { suspendTimeoutMs: 50 }))
    expect(error).toMatchObject({ code: 'SUSPEND_TIMEOUT' })
    expect(await all(stream)).toHaveLength(49)
    expect(ref.version).toBe('1')
  })

  test('a stream that has stopped for an upgrade that is given up goes on', async () => {
    const extra = 'concurrency: 2,'
    const files = { 'v2.js': program('2', bothWays + extra) }
    const { code, root, gates } = await loaded(files, isolates, { extra })
    const ref = await code.spawn()
    const held = ref.stream('once', { to: 1, gates: [0] })
    await gates.reached('item 0')
    const stream = ref.stream('count', { to: 100 })
    await stream.next()
    const error = await failure(code.upgrade(`${root}/v2.js`, { suspendTimeoutMs: 100 }))
    expect(error).toMatchObject({ code: 'SUSPEND_TIMEOUT' })
    expect((await all(stream)).map(({ at }) => at)).toEqual(upTo(100).slice(1))
    gates.open('item 0')
    expect(await all(held)).toHaveLength(1)
    await code.upgrade(`${root}/v2.js`)
    expect(await all(ref.stream('count', { to: 3 }))).toHaveLength(3)
  })

  test.each(faulty)('a fault at %s: a stream goes on in the old version', async (phase) => {
    let isArmed = true
    const { code, root } = await loaded(v2, isolates, {
      faultPoint: (reached) => {
        if (reached === phase && isArmed) throw new RangeError('a fault of the test')
      },
    })
    const ref = await code.spawn()
    let failed: unknown
    const come = await read(ref.stream('count', { to: 100 }), {
      30: async () => (failed = await failure(code.upgrade(`${root}/v2.js`))),
      60: async () => {
        isArmed = false
        if (ref.version === '1') await code.upgrade(`${root}/v2.js`)
      },
    })
    expect(come).toEqual({ numbers: upTo(100), by: ['1', '2'] })
    expect(String(failed)).toContain('a fault of the test')
  })

  test('a codeChange that throws leaves the stream where it was', async () => {
    const files = { 'v2.js': program('2', "codeChange: { '1': () => { throw new Error('no') } },") }
    const { code, root } = await loaded(files, isolates)
    const ref = await code.spawn()
    const come = await read(ref.stream('count', { to: 60 }), {
      20: async () => {
        const error = await failure(code.upgrade(`${root}/v2.js`, { rehearse: false }))
        expect(error).toMatchObject({ code: 'CODE_CHANGE_FAILED' })
      },
    })
    expect(come).toEqual({ numbers: upTo(60), by: ['1'] })
  })

  test('a version that does not go on with streams is refused while one runs', async () => {
    const files = { 'v2.js': program('2', bothWays, '[]') }
    const { code, root } = await loaded(files, isolates)
    const ref = await code.spawn()
    const stream = ref.stream('count', { to: 60 })
    await stream.next()
    const error = await failure(code.upgrade(`${root}/v2.js`))
    expect(error).toMatchObject({ code: 'MAILBOX_REFUSED' })
    expect(String(error)).toContain("'count' among its resumable calls")
    await code.upgrade(`${root}/v2.js`, { allowRemoved: true })
    const rest = failure(all(stream))
    expect(await rest).toMatchObject({ code: 'STREAM_NOT_RESUMABLE', version: '2' })
    expect(await all(ref.stream('count', { to: 3 }))).toHaveLength(3)
  })

  test('a stream that has let go ends in the isolate where it began', async () => {
    const { code, root, gates } = await loaded(v2, isolates)
    const ref = await code.spawn()
    const stream = ref.stream('letting', { to: 40, gates: [30] })
    await stream.next()
    const moved = code.upgrade(`${root}/v2.js`)
    const rest = read(stream, {})
    await gates.reached('item 30')
    expect(await all(ref.stream('count', { to: 2 }))).toEqual([
      { at: 0, by: '2' },
      { at: 1, by: '2' },
    ])
    gates.open('item 30')
    expect(await rest).toEqual({ numbers: upTo(40).slice(1), by: ['1'] })
    await moved
  })

  test('a reader that leaves amid an upgrade leaves nothing behind', async () => {
    const { code, root } = await loaded(v2, isolates)
    const ref = await code.spawn()
    const stream = ref.stream('count', { to: 1e9 })
    await stream.next()
    const moved = code.upgrade(`${root}/v2.js`)
    await stream.return?.()
    await moved
    const info = await ref.inspect()
    expect([info.queueLength, info.version]).toEqual([0, '2'])
  })
})
