import { describe, expect, test } from 'vitest'
import { all, failure, loaded, upTo } from './streams-program.ts'
import type { Program } from './streams-program.ts'

describe.each(['per-process', 1] as const)('isolates: %s', (isolates) => {
  test('a stream has all items in order, and what is returned behind them', async () => {
    const { code } = await loaded({}, isolates)
    const ref = await code.spawn()
    const items = await all(ref.stream('count', { to: 100 }))
    expect(items.map(({ at }) => at)).toEqual(upTo(100))
    const stream = ref.stream('count', { to: 1 })
    expect(await stream.next()).toEqual({ done: false, value: { at: 0, by: '1' } })
    expect(await stream.next()).toEqual({ done: true, value: 'end of 1' })
    expect(await stream.next()).toEqual({ done: true, value: undefined })
  })

  test('the handler runs no further ahead of its reader than the window', async () => {
    const { code } = await loaded({}, isolates, { extra: 'concurrency: 2,' })
    const ref = await code.spawn()
    const stream = ref.stream('count', { to: 100 })
    await stream.next()
    // Behind as many calls as it could have made items of.
    for (let call = 0; call < 100; call++) await ref.call('get')
    expect((await ref.call('get')).made).toBeLessThanOrEqual(17)
    expect(await all(stream)).toHaveLength(99)
  })

  test('what is asked for ahead of the items is given in order', async () => {
    const { code } = await loaded({}, isolates)
    const ref = await code.spawn()
    const stream = ref.stream('count', { to: 40 })
    const read = await Promise.all(upTo(50).map(() => stream.next()))
    const items = read.flatMap((each) => (each.done === true ? [] : [each.value.at]))
    expect(items).toEqual(upTo(40))
  })

  test('an error comes behind the items before it, as it is', async () => {
    const { code } = await loaded({}, isolates)
    const ref = await code.spawn()
    const stream = ref.stream('count', { to: 9, fails: 5 })
    const come: number[] = []
    const error = await failure(
      (async () => {
        for await (const { at } of stream) come.push(at)
      })(),
    )
    expect(come).toEqual(upTo(5))
    expect(error).toBeInstanceOf(RangeError)
    expect(error).toMatchObject({ message: 'item 5' })
    expect(await stream.next()).toEqual({ done: true, value: undefined })
    expect((await ref.call('get')).ended).toBe(1)
  })

  test('a loop that is left ends the handler', async () => {
    const { code } = await loaded({}, isolates)
    const ref = await code.spawn()
    for await (const { at } of ref.stream('count', { to: 1e9 })) if (at === 3) break
    // Handled behind it.
    expect((await ref.call('get')).ended).toBe(1)
  })

  test.each(['return', 'signal', 'timeoutMs'] as const)(
    '%s reaches the signal of a handler that waits',
    async (way) => {
      const { code, gates } = await loaded({}, isolates)
      const ref = await code.spawn()
      const controller = new AbortController()
      const limits = {
        return: {},
        signal: { signal: controller.signal },
        timeoutMs: { timeoutMs: 2000 },
      }
      const stream = ref.with(limits[way]).stream('count', { to: 2, waits: true })
      const come = [await stream.next(), await stream.next()]
      expect(come.map(({ value }) => value)).toMatchObject([{ at: 0 }, { at: 1 }])
      gates.open('waiting')
      await gates.reached('waiting')
      const read = failure(stream.next())
      if (way === 'return') await stream.return?.()
      if (way === 'signal') controller.abort()
      const code_ = way === 'timeoutMs' ? 'CALL_TIMEOUT' : 'CALL_ABORTED'
      await gates.reached(`aborted by ${code_}`)
      if (way === 'return') expect(await read).toBe('no error')
      else expect(await read).toMatchObject({ code: code_ })
      gates.openAll()
      expect((await ref.call('get')).ended).toBe(1)
    },
  )

  test('one that is left before its turn is not handled', async () => {
    const { code, gates } = await loaded({}, isolates)
    const ref = await code.spawn()
    const first = ref.stream('count', { to: 1, gates: [0] })
    const read = first.next()
    await gates.reached('item 0')
    const second = ref.stream('count', { to: 5 })
    await second.return?.()
    gates.open('item 0')
    await read
    expect(await all(first)).toEqual([])
    expect(await ref.call('get')).toEqual({ made: 1, sum: 0, ended: 1 })
  })

  test('items are copies, and what is no data is refused by its path', async () => {
    const { code } = await loaded({}, isolates)
    const ref = await code.spawn()
    const stream = ref.stream('yields', 'Buffer.from([1, 2])')
    const [one, two] = [await stream.next(), await stream.next()]
    expect([one.value, two.value]).toEqual([Buffer.from([1, 2]), Buffer.from([1, 2])])
    expect(one.value).not.toBe(two.value)
    await stream.return?.()
    const large = ref.stream('yields', 'Array.from({ length: 100 }, (_, n) => ({ n }))')
    expect((await large.next()).value).toHaveLength(100)
    await large.return?.()
    const refused = ref.stream('yields', '({ call: () => 1 })')
    expect(await failure(refused.next())).toMatchObject({
      code: 'UNCLONEABLE_REPLY',
      path: 'item.call',
    })
  })

  test('the buffers of an item can be moved', async () => {
    const { code } = await loaded({}, isolates)
    const ref = await code.spawn()
    const moved = new Uint8Array(1000).fill(7)
    expect(await all(ref.stream('moved', 1000))).toEqual([moved, 0])
  })

  test('the schema of the reply is that of each item', async () => {
    const { code } = await loaded({}, isolates)
    const ref = await code.spawn()
    expect(await all(ref.stream('checked', ['a', 'b']))).toEqual(['a!', 'b!'])
    const stream = ref.stream('checked', ['a', 1])
    expect(await stream.next()).toEqual({ done: false, value: 'a!' })
    expect(await failure(stream.next())).toMatchObject({ code: 'INVALID_REPLY' })
  })

  test('a call is not read as a stream, nor a stream as a call', async () => {
    const { code } = await loaded({}, isolates)
    const ref = await code.spawn()
    expect(await failure(ref.stream('get' as 'count', { to: 1 }).next())).toMatchObject({
      code: 'NOT_A_STREAM',
    })
    expect(await failure(ref.call('count', { to: 1 }))).toMatchObject({ code: 'NOT_A_STREAM' })
    expect((await ref.call('get')).made).toBe(0)
  })

  test('what a stopped process, an unknown call and a wrong option are told', async () => {
    const { code } = await loaded({}, isolates)
    const ref = await code.spawn()
    expect(await failure(ref.stream('nothing' as 'count', { to: 1 }).next())).toMatchObject({
      code: 'UNKNOWN_CALL',
    })
    expect(() => ref.with({ transfer: [] }).stream('count', { to: 1 })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', path: 'transfer' }),
    )
    const stream = ref.stream('count', { to: 1 })
    await all(stream)
    expect(() => stream[Symbol.asyncIterator]()).toThrow(
      expect.objectContaining({ code: 'STREAM_LOCKED' }),
    )
    await ref.stop()
    expect(await failure(ref.stream('count', { to: 1 }).next())).toMatchObject({
      code: 'PROCESS_STOPPED',
    })
  })

  test('a crash fails a stream behind what has come, and those behind it go on', async () => {
    const { code } = await loaded({}, isolates, { extra: 'concurrency: 2,' })
    const ref = await code.spawn()
    const stream = ref.stream('count', { to: 1e9 })
    await stream.next()
    const died = failure(ref.call('die'))
    const error = await failure(all(stream))
    expect(error).toMatchObject({ code: 'ISOLATE_EXITED' })
    await died
    expect(await all(ref.stream('count', { to: 3 }))).toHaveLength(3)
  })

  test.each([true, false])('a stop (drain: %s) leaves no reader waiting', async (drain) => {
    const { code } = await loaded({}, isolates)
    const ref = await code.spawn()
    const stream = ref.stream('count', { to: 50 })
    await stream.next()
    const stopped = ref.stop({ drain })
    const rest = failure(all(stream))
    await stopped
    expect(await rest).toSatisfy((error) =>
      drain ? error === 'no error' : (error as { code?: string }).code === 'PROCESS_STOPPED',
    )
  })

  test('a reader that stands still does not keep a stop waiting for ever', async () => {
    const { code } = await loaded({}, isolates)
    const ref = await code.spawn()
    const stream = ref.stream('count', { to: 1e9 })
    await stream.next()
    await ref.stop({ timeoutMs: 100 })
    expect(await failure(all(stream))).toMatchObject({ code: 'PROCESS_STOPPED' })
  })
})

test('the types of a stream are those of its handler', async () => {
  const { code } = await loaded({}, 'per-process')
  const ref = await code.spawn()
  const stream = ref.as<Program>().stream('count', { to: 1 })
  const read = await stream.next()
  const at: number = read.done === true ? -1 : read.value.at
  expect(at).toBe(0)
  // @ts-expect-error it yields nothing
  await failure(ref.stream('get').next())
})
