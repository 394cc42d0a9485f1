import { once } from 'node:events'
import type { RuntimeEvents } from 'moult'
import { expect, test } from 'vitest'
import { rejection, world } from './contract-programs.ts'
import { spinning, stuckWorld, v2 } from './stuck.ts'
import type { StuckWorld } from './stuck.ts'

type Told = RuntimeEvents['handlerTimeout'][0]

/** What is told next. */
async function told(runtime: StuckWorld['runtime']): Promise<Told> {
  const [event] = (await once(runtime as never, 'handlerTimeout')) as [Told]
  return event
}

const overdue = { code: 'HANDLER_TIMEOUT', process: 'a', expected: 'at most 20 ms' }

test.each(['per-process', 1] as const)(
  'a handler that holds its thread past its limit is told with the function, and goes on: %s',
  async (isolates) => {
    const { runtime, a } = await stuckWorld(isolates, {}, { handlerTimeoutMs: 20 })
    const timeout = told(runtime)
    const loop = await spinning(a)
    const event = await timeout
    expect(event).toMatchObject({
      process: 'a',
      kind: 'call',
      name: 'spin',
      timeoutMs: 20,
      error: { ...overdue, version: '1.0.0' },
      activity: { isThreadHeld: true, heldBy: 'a', handling: [{ name: 'spin' }] },
    })
    expect(event.activity.stack?.[0]?.file).toContain('stuck/v1.ts')
    expect(event.activity.handling[0]?.seenForMs).toBeGreaterThanOrEqual(20)
    loop.end()
    expect(await loop.call).toBeUndefined()
    expect(await a.call('note', 'on')).toBe('1:on')
  },
)

test('a handler that waits past its limit hears of it by its signal', async () => {
  const { a, b } = await stuckWorld(1, {}, { handlerTimeoutMs: 20 })
  // Of b nothing is told: it has no limit.
  const other = b.call('untilAborted')
  other.catch(() => undefined)
  expect(await a.call('untilAborted')).toBe('HANDLER_TIMEOUT')
  await b.stop({ timeoutMs: 0 })
  expect(await other).not.toBe('HANDLER_TIMEOUT')
})

test.each(['per-process', 1] as const)(
  'a handler that waits is ended where that is asked, and only its own process dies: %s',
  async (isolates) => {
    const limits = { handlerTimeoutMs: 20, onHandlerTimeout: 'kill' } as const
    const { runtime, a, b, gates } = await stuckWorld(isolates, {}, limits)
    await Promise.all([a.call('note', 'lost'), b.call('note', 'kept')])
    const crashed = once(runtime as never, 'crashed')
    const waiting = rejection(a.call('wait', 'gate'))
    await gates.reached('gate')
    const behind = a.call('log')
    expect(await waiting).toMatchObject(overdue)
    expect(await behind).toEqual([])
    expect(await b.call('log')).toEqual(['kept'])
    expect(await crashed).toMatchObject([{ process: 'a', error: overdue }])
    expect((await a.inspect()).totals.restarts).toBe(1)
  },
)

test.each(['per-process', 1] as const)(
  'a handler that loops is ended with its thread where that is asked: %s',
  async (isolates) => {
    const limits = { handlerTimeoutMs: 20, onHandlerTimeout: 'kill' } as const
    const { a, b } = await stuckWorld(isolates, {}, limits)
    await b.call('note', 'kept')
    const loop = await spinning(a)
    const behind = [a.call('note', 'one'), a.call('note', 'two')]
    expect(await loop.call).toMatchObject(overdue)
    expect(await Promise.all(behind)).toEqual(['1:one', '1:two'])
    // It shares the thread that had to be ended, or it does not.
    expect(await b.call('log')).toEqual(isolates === 1 ? [] : ['kept'])
  },
)

test('a version that limits its handlers does so from its upgrade on, until one that does not', async () => {
  const limited = 'handlerTimeoutMs: 20, onHandlerTimeout: "kill", '
  const parts = (from: string): string => `codeChange: { '${from}': (state) => state },`
  const { runtime, code, gates, file } = await world([
    {},
    { fields: limited + parts('1') },
    { fields: parts('2') },
  ])
  const ref = await code.spawn({ name: 'a' })
  await code.upgrade(file(2))
  expect(await rejection(ref.call('wait', 'limited'))).toMatchObject(overdue)
  await code.upgrade(file(3))
  const heard: Told[] = []
  runtime.on('handlerTimeout', (event) => heard.push(event))
  const limitedOne = await code.spawn({ name: 'b', handlerTimeoutMs: 20 })
  const waiting = ref.call('wait', 'free')
  const waitingToo = limitedOne.call('wait', 'free')
  await expect.poll(() => heard.map(({ process }) => process)).toEqual(['b'])
  gates.open('free')
  await Promise.all([waiting, waitingToo])
})

test.each([
  ['handlerTimeoutMs: -1', 'handlerTimeoutMs', 'a time in ms, of at least 0'],
  ['onHandlerTimeout: "end"', 'onHandlerTimeout', "'tell' or 'kill'"],
])('a definition with %s is refused', async (fields, path, expected) => {
  const refused = await rejection(world([{ fields }]))
  expect(refused).toMatchObject({ code: 'NOT_A_DEFINITION', path, expected })
})

test('an upgrade that waits in vain says for what, and where that is', async () => {
  const { code, a } = await stuckWorld(1)
  const loop = await spinning(a)
  const error = await rejection(
    code.upgrade(v2, { suspendTimeoutMs: 10, rehearse: false, only: ['a'] }),
  )
  expect(error).toMatchObject({
    code: 'SUSPEND_TIMEOUT',
    process: 'a',
    handling: "the call 'spin'",
    file: expect.stringContaining('stuck/v1.ts') as string,
    message: expect.stringContaining("it handles the call 'spin'") as string,
  })
  expect(error).toHaveProperty('function', 'spin')
  const late = await rejection(a.with({ timeoutMs: 10 }).call('note', 'late'))
  expect(late).toMatchObject({ code: 'CALL_TIMEOUT', handling: "the call 'spin'" })
  expect(late).toHaveProperty(
    'message',
    "a did not reply to 'note' within 10 ms: it handles the call 'spin', and 1 message waits",
  )
  loop.end()
})
