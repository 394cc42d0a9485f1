import fc from 'fast-check'
import { isDeepStrictEqual } from 'node:util'
import { MessageChannel } from 'node:worker_threads'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Outcome } from '../../../src/protocol/wire/messages.ts'
import { decodeThrown } from '../../../src/protocol/wire/thrown.ts'
import type { WireThrown } from '../../../src/protocol/wire/thrown.ts'
import { Outbox } from '../../../workers/isolate/outbox.ts'
import { MemoryPort } from '../../support/memory-port.ts'
import { readByMain } from '../../support/posted.ts'
import type { Entry } from '../../support/posted.ts'

function made(): { port: MemoryPort; outbox: Outbox } {
  const port = new MemoryPort()
  return { port, outbox: new Outbox(port) }
}

const line = (message: string) =>
  ({ type: 'log', slot: 0, level: 'info', message, fields: {} }) as const
const tick = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

test('replies of one tick go out in one post, at its end', async () => {
  const { port, outbox } = made()
  outbox.reply(0, 4, Outcome.Reply, 'a')
  outbox.reply(0, 5, Outcome.Reply, { b: 1 })
  outbox.reply(2, 0, Outcome.Reply, [3])
  expect(port.read()).toEqual([])
  await tick()
  expect(port.read()).toEqual([[0, 4, 0, 2, 'a', { b: 1 }, 2, 0, 0, 1, [3]]])
  await tick()
  expect(port.read()).toEqual([])
})

describe('a reply that is live in the isolate', () => {
  test('is copied when it is small: what a later handler changes does not show', async () => {
    const { port, outbox } = made()
    const state = { count: 1, list: [1] }
    outbox.reply(0, 0, Outcome.Reply, state)
    state.count = 2
    state.list.push(2)
    await tick()
    expect(readByMain(port.read())).toMatchObject([{ value: { count: 1, list: [1] } }])
  })

  test('is posted at once when it is not, behind all replies given before', async () => {
    const { port, outbox } = made()
    const state = { list: Array.from({ length: 33 }, () => 1) }
    outbox.reply(0, 0, Outcome.Reply, 'before')
    outbox.gather(line('gathered'))
    outbox.reply(0, 1, Outcome.Reply, state)
    state.list[0] = 2
    outbox.reply(0, 2, Outcome.Reply, 'behind')
    expect(readByMain(port.read())).toMatchObject([
      { value: 'before' },
      line('gathered'),
      { value: { list: Array.from({ length: 33 }, () => 1) } },
    ])
    await tick()
    expect(readByMain(port.read())).toMatchObject([{ sequence: 2, value: 'behind' }])
  })

  test('moves the buffers that were marked, and no others', async () => {
    const { port, outbox } = made()
    const [moved, copied] = [new Uint8Array([1]).buffer, new Uint8Array([2]).buffer]
    const value = { moved, copied }
    outbox.move(value, [moved])
    outbox.reply(0, 0, Outcome.Reply, 'before')
    outbox.reply(0, 1, Outcome.Reply, value)
    expect([moved.byteLength, copied.byteLength]).toEqual([0, 1])
    const [, reply] = readByMain(port.read()) as Entry[]
    expect(reply?.value).toEqual({
      moved: new Uint8Array([1]).buffer,
      copied: new Uint8Array([2]).buffer,
    })
  })
})

test('Buffers and objects without a prototype are what they were when main reads them', async () => {
  const { port, outbox } = made()
  const fields: object = Object.assign(Object.create(null) as object, { a: 1 })
  outbox.reply(0, 0, Outcome.Reply, 'before')
  outbox.reply(0, 1, Outcome.Reply, {
    bytes: Buffer.from('text'),
    fields,
    array: new Uint8Array(1),
  })
  outbox.reply(0, 2, Outcome.Reply, Buffer.from('alone'))
  await tick()
  const [, reply, alone] = readByMain(port.read()) as [Entry, Entry, Entry]
  expect(
    isDeepStrictEqual(reply.value, {
      bytes: Buffer.from('text'),
      fields,
      array: new Uint8Array(1),
    }),
  ).toBe(true)
  expect(isDeepStrictEqual(alone.value, Buffer.from('alone'))).toBe(true)
})

function nested(levels: number): unknown {
  let list: unknown
  for (let depth = 0; depth < levels; depth++) list = { next: list }
  return list
}

describe('a reply that cannot be cloned', () => {
  const thrown = (entry: unknown): unknown => decodeThrown((entry as Entry).value as WireThrown)

  test('is its caller’s error, and the replies around it go out in their order', async () => {
    const { port, outbox } = made()
    outbox.reply(0, 0, Outcome.Reply, 'before')
    outbox.progress(1, 9)
    outbox.reply(0, 1, Outcome.Reply, { deep: { act: () => undefined } })
    outbox.reply(0, 2, Outcome.Reply, 'behind')
    await tick()
    const entries = readByMain(port.read()) as Entry[]
    const replies = entries.filter(({ slot }) => slot === 0)
    expect(replies.map(({ sequence, kind }) => [sequence, kind])).toEqual([
      [0, Outcome.Reply],
      [1, Outcome.CallThrew],
      [2, Outcome.Reply],
    ])
    expect(thrown(replies[1])).toMatchObject({
      code: 'UNCLONEABLE_REPLY',
      path: 'reply.deep.act',
    })
    expect(entries.filter(({ slot }) => slot === 1)).toMatchObject([
      { sequence: 9, kind: Outcome.Progress },
    ])
  })

  test('keeps its buffers where they were', async () => {
    const { port, outbox } = made()
    const buffer = new ArrayBuffer(8)
    const value = { buffer, act: () => undefined }
    outbox.move(value, [buffer])
    outbox.reply(0, 0, Outcome.Reply, value)
    await tick()
    expect(buffer.byteLength).toBe(8)
    expect(readByMain(port.read())).toMatchObject([{ kind: Outcome.CallThrew }])
  })

  test.each([
    ['altered', () => ({ at: new URL('http://example.org') }), 'reply.at'],
    ['nested too deeply', () => nested(2000), `reply${'.next'.repeat(11)}…`],
  ])('may be one that would be %s', async (_what, make, path) => {
    const { port, outbox } = made()
    outbox.reply(0, 0, Outcome.Reply, 'before')
    outbox.reply(0, 1, Outcome.Reply, make())
    outbox.reply(0, 2, Outcome.Reply, 'behind')
    await tick()
    const [before, refused, behind] = readByMain(port.read()) as Entry[]
    expect([before?.value, behind?.value]).toEqual(['before', 'behind'])
    expect(thrown(refused)).toMatchObject({ code: 'UNCLONEABLE_REPLY', path })
  })

  test('may be one whose buffers cannot be moved', async () => {
    const { port, outbox } = made()
    const buffer = new ArrayBuffer(8)
    const value = { buffer }
    outbox.move(value, [buffer, buffer])
    outbox.reply(0, 0, Outcome.Reply, 'before')
    outbox.reply(0, 1, Outcome.Reply, value)
    await tick()
    const [before, refused, ...others] = readByMain(port.read())
    expect(before).toMatchObject({ sequence: 0, value: 'before' })
    expect(thrown(refused)).toMatchObject({ code: 'UNCLONEABLE_REPLY' })
    expect(others).toEqual([])
  })
})

describe('progress', () => {
  test('of casts in a row the last one says it for all', async () => {
    const { port, outbox } = made()
    for (const finished of [1, 2, 3]) outbox.progress(0, finished)
    await tick()
    expect(readByMain(port.read())).toMatchObject([
      { slot: 0, sequence: 3, kind: Outcome.Progress },
    ])
  })

  test('of one process is not taken for that of another', async () => {
    const { port, outbox } = made()
    outbox.progress(0, 1)
    outbox.progress(1, 7)
    outbox.progress(0, 2)
    await tick()
    expect(readByMain(port.read())).toMatchObject([
      { slot: 0, sequence: 1 },
      { slot: 1, sequence: 7 },
      { slot: 0, sequence: 2 },
    ])
  })

  test('goes out before the end of an control, a gathered message and a posted one', async () => {
    const { port, outbox } = made()
    outbox.progress(0, 1)
    outbox.control(0, Outcome.Deactivated, undefined)
    outbox.progress(0, 2)
    outbox.gather(line('gathered'))
    outbox.progress(0, 3)
    outbox.post(line('posted'))
    expect(readByMain(port.read())).toMatchObject([
      { sequence: 1, kind: Outcome.Progress },
      { sequence: -1, kind: Outcome.Deactivated },
      { sequence: 2, kind: Outcome.Progress },
      line('gathered'),
      { sequence: 3, kind: Outcome.Progress },
      line('posted'),
    ])
  })

  test('is not lost when a tick has nothing else to say', async () => {
    const { port, outbox } = made()
    outbox.progress(0, 1)
    await tick()
    outbox.flush()
    expect(readByMain(port.read())).toHaveLength(1)
  })
})

describe('what is gathered', () => {
  test('keeps its place among the replies of its tick', async () => {
    const { port, outbox } = made()
    outbox.reply(0, 0, Outcome.Reply, 'a')
    outbox.gather(line('one'))
    outbox.reply(0, 1, Outcome.Reply, 'b')
    expect(port.read()).toEqual([])
    await tick()
    expect(readByMain(port.read())).toMatchObject([{ value: 'a' }, line('one'), { value: 'b' }])
  })

  test('moves what is to move once', async () => {
    const { port, outbox } = made()
    const buffer = new ArrayBuffer(4)
    const { port1 } = new MessageChannel()
    onTestFinished(() => port1.close())
    const moving = { type: 'answer', number: 1, threw: false, value: buffer } as const
    outbox.gather(moving, [buffer, port1])
    await tick()
    expect(buffer.byteLength).toBe(0)
    // A port that moved already would be refused.
    outbox.gather(line('next'))
    await tick()
    expect(readByMain(port.read())).toMatchObject([{ number: 1 }, line('next')])
  })
})

test('what is posted goes out at once, behind all replies given before', () => {
  const { port, outbox } = made()
  outbox.reply(0, 0, Outcome.Reply, 'a')
  outbox.post(line('posted'))
  expect(readByMain(port.read())).toMatchObject([{ value: 'a' }, line('posted')])
})

test('one that cannot be cloned is refused to who posts it, and no reply is lost', async () => {
  const { port, outbox } = made()
  outbox.reply(0, 0, Outcome.Reply, 'a')
  const from = { type: 'outgoing-call', slot: 0, sequence: 0 } as const
  const request = { ...from, request: 1, process: 'p', name: 'n' } as const
  expect(() => outbox.post({ ...request, payload: () => undefined })).toThrow(
    expect.objectContaining({ name: 'DataCloneError' }),
  )
  outbox.reply(0, 1, Outcome.Reply, 'b')
  await tick()
  expect(readByMain(port.read())).toMatchObject([{ value: 'a' }, { value: 'b' }])
})

test('handlers that never leave the thread a tick do not hold back what has finished', () => {
  const { port, outbox } = made()
  for (let sequence = 0; sequence < 1000; sequence++) {
    if (sequence % 2 === 0) outbox.reply(0, sequence, Outcome.Reply, sequence)
    else outbox.progress(0, sequence + 1)
    outbox.flushIfDue()
  }
  // All but one batch at most.
  const entries = readByMain(port.read()) as Entry[]
  const last = entries.filter(({ kind }) => kind === Outcome.Reply).at(-1)
  expect(last?.sequence).toBeGreaterThan(1000 - 130)
})

/** What is said of a message, however it is written. */
const step = fc.record({
  how: fc.constantFrom('flat', 'live', 'uncloneable', 'gather', 'post', 'control', 'due', 'tick'),
  slot: fc.nat(2),
})

test('whatever is said, and however, main reads it in the order in which it was said, each once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { port, outbox } = made()
      const said: unknown[] = []
      for (const [at, { how, slot }] of steps.entries()) {
        if (how === 'tick') await tick()
        else if (how === 'due') outbox.flushIfDue()
        else said.push(say(outbox, how, slot, at))
      }
      await tick()
      expect(readByMain(port.read())).toMatchObject(said)
    }),
    { numRuns: 300 },
  )
})

function say(outbox: Outbox, how: string, slot: number, at: number): unknown {
  if (how === 'gather' || how === 'post') {
    outbox[how](line(String(at)))
    return line(String(at))
  }
  if (how === 'control') {
    outbox.control(slot, Outcome.Initialised, at)
    return { slot, kind: Outcome.Initialised, value: at }
  }
  const live = { at: [at] }
  const value = how === 'flat' ? { at } : how === 'live' ? live : { at, act: () => undefined }
  outbox.reply(slot, at, Outcome.Reply, value)
  live.at.push(-1)
  if (how === 'uncloneable') return { slot, sequence: at, kind: Outcome.CallThrew }
  return {
    slot,
    sequence: at,
    kind: Outcome.Reply,
    value: how === 'flat' ? { at } : { at: [at] },
  }
}
