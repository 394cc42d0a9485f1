import { describe, expect, test } from 'vitest'
import { all, bothWays, failure, loaded, program, upTo } from './streams-program.ts'

const v2 = { 'v2.js': program('2', bothWays) }

/** Numbers from 0, one each turn; calls back at some, and notes that it has been left. */
async function* numbers(
  to: number,
  left: unknown[] = [],
  at: Readonly<Record<number, () => unknown>> = {},
): AsyncGenerator<number> {
  try {
    for (let number = 0; number < to; number++) {
      await at[number]?.()
      yield number
    }
  } finally {
    left.push('left')
  }
}

const sumTo = (to: number): number => (to * (to - 1)) / 2

describe.each(['per-process', 1] as const)('isolates: %s', (isolates) => {
  test('a handler takes the items of an iterable one by one', async () => {
    const { code } = await loaded({}, isolates)
    const ref = await code.spawn()
    const left: unknown[] = []
    expect(await ref.call('add', numbers(200, left))).toBe(sumTo(200))
    expect(left).toEqual(['left'])
    expect(await ref.call('add', numbers(0))).toBe(sumTo(200))
  })

  test('no more is read of an iterable than the handler takes, and the window', async () => {
    const { code, gates } = await loaded({}, isolates)
    const ref = await code.spawn()
    let read = 0
    const source = numbers(1000, [], { 16: () => (read = 16), 40: () => (read = 40) })
    const stream = ref.stream('twice', source)
    expect((await stream.next()).value).toBe(0)
    // Another process in between: as many turns of main and of threads as that takes.
    expect(await all((await code.spawn()).stream('count', { to: 50 }))).toHaveLength(50)
    expect(read).toBeLessThanOrEqual(32)
    await stream.return?.()
    gates.openAll()
  })

  test('a call that is not accepted, or left before its turn, reads nothing', async () => {
    const { code, gates } = await loaded({}, isolates)
    const ref = await code.spawn()
    const held = ref.stream('count', { to: 1, gates: [0] })
    await gates.reached('item 0')
    let isRead = false
    const source = (): AsyncGenerator<number> => numbers(9, [], { 0: () => (isRead = true) })
    const controller = new AbortController()
    const given = failure(ref.with({ signal: controller.signal }).call('add', source()))
    controller.abort()
    expect(await given).toMatchObject({ code: 'CALL_ABORTED' })
    gates.open('item 0')
    await all(held)
    await ref.stop()
    expect(await failure(ref.call('add', source()))).toMatchObject({ code: 'PROCESS_STOPPED' })
    expect(isRead).toBe(false)
  })

  test('an iterable that throws throws in the handler, and comes back as it is', async () => {
    const { code } = await loaded({}, isolates)
    const ref = await code.spawn()
    const source = numbers(9, [], {
      5: () => {
        throw Object.assign(new RangeError('no more'), { code: 'GONE' })
      },
    })
    const error = await failure(ref.call('add', source))
    expect(error).toBeInstanceOf(RangeError)
    expect(error).toMatchObject({ message: 'no more', code: 'GONE' })
    expect((await ref.call('get')).sum).toBe(sumTo(5))
  })

  test('an item that is no data fails the call by its path, and ends the iterable', async () => {
    const { code } = await loaded({}, isolates)
    const ref = await code.spawn()
    const left: unknown[] = []
    async function* source(): AsyncGenerator {
      yield* numbers(3, left)
      yield { call: (): number => 1 }
    }
    const error = await failure(ref.call('add', source()))
    expect(error).toMatchObject({ code: 'UNCLONEABLE_ARGUMENT', path: 'item.call' })
    expect(left).toEqual(['left'])
    expect(await ref.call('add', numbers(1))).toEqual(expect.any(Number))
  })

  test('a stream of what is made of a stream', async () => {
    const { code } = await loaded({}, isolates)
    const ref = await code.spawn()
    const made = await all(ref.stream('twice', numbers(100)))
    expect(made).toEqual(upTo(100).map((number) => 2 * number))
    const left: unknown[] = []
    for await (const each of ref.stream('twice', numbers(1e9, left))) if (each > 10) break
    await ref.call('get')
    expect(left).toEqual(['left'])
  })

  test('a ReadableStream is one in the handler, and one that it returns is read as a stream', async () => {
    const { code } = await loaded({}, isolates)
    const ref = await code.spawn()
    const body = new Blob([new Uint8Array(300_000)]).stream()
    expect(await ref.call('bytes', body as never)).toEqual(['ReadableStream', 300_000])
    const chunks = await all(ref.stream('readable', 200_000))
    expect(chunks.every((chunk) => chunk instanceof Uint8Array)).toBe(true)
    expect(chunks.reduce((sum, { length }) => sum + length, 0)).toBe(200_000)
    const again = ReadableStream.from(ref.stream('readable', 1000)) as unknown as ReadableStream
    expect(await new Response(again).arrayBuffer()).toHaveProperty('byteLength', 1000)
  })

  test('an upload that is resumable goes on in the new version', async () => {
    const { code, root } = await loaded(v2, isolates)
    const ref = await code.spawn()
    const reply = await ref.call(
      'add',
      numbers(100, [], {
        30: () => code.upgrade(`${root}/v2.js`),
        60: () => code.downgrade(`${root}/v1.js`),
      }),
    )
    expect(reply).toMatchObject({ sum: sumTo(100) })
    const { resumed } = reply as { resumed: { after: number; count: number } }
    expect(resumed.count).toBe(resumed.after + 1)
  })

  test('both ways at once go on in the new version', async () => {
    const { code, root } = await loaded(v2, isolates)
    const ref = await code.spawn()
    const made = await all(
      ref.stream('twice', numbers(100, [], { 30: () => code.upgrade(`${root}/v2.js`) })),
    )
    expect(made).toEqual(upTo(100).map((number) => 2 * number))
    expect(ref.version).toBe('2')
  })

  test('an upgrade waits for an upload that is not resumable', async () => {
    const { code, root } = await loaded(v2, isolates)
    const ref = await code.spawn()
    let moved: Promise<unknown> | undefined
    const reply = await ref.call(
      'addOnce',
      numbers(100, [], { 30: () => void (moved = code.upgrade(`${root}/v2.js`)) }),
    )
    expect(reply).toBe(sumTo(100))
    await moved
    expect(ref.version).toBe('2')
  })

  test('a crash and a stop end the iterable', async () => {
    const extra = 'concurrency: 2,'
    const { code } = await loaded({}, isolates, { extra })
    const ref = await code.spawn()
    for (const end of [() => failure(ref.call('die')), () => ref.stop({ drain: false })]) {
      const left: unknown[] = []
      let began: (() => void) | undefined
      const hasBegun = new Promise<void>((resolve) => (began = resolve))
      const source = numbers(1e9, left, { 3: () => began?.(), 4: () => new Promise(setImmediate) })
      const reply = failure(ref.call('add', source))
      await hasBegun
      await end()
      expect(['ISOLATE_EXITED', 'PROCESS_STOPPED']).toContain(
        ((await reply) as { code: string }).code,
      )
      expect(left).toEqual(['left'])
    }
  })
})
