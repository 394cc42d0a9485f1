import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { spinning, stuckWorld, v1 } from './stuck.ts'

const file = fileURLToPath(v1)

test.each(['per-process', 1] as const)(
  'a loop is named by its function, in the source, with what waits behind it: %s',
  async (isolates) => {
    const { a } = await stuckWorld(isolates)
    const loop = await spinning(a)
    const behind = [a.call('note', 'one'), a.call('note', 'two')]
    const why = await a.why()
    expect(why).toMatchObject({
      process: 'a',
      version: '1.0.0',
      lifecycle: 'running',
      handling: [{ kind: 'call', name: 'spin', waitsFor: [] }],
      waiting: 2,
      isThreadHeld: true,
      heldBy: 'a',
      reason: undefined,
    })
    expect(why.stack?.[0]).toMatchObject({ file, line: expect.toSatisfy(isInLoop) as number })
    expect(why.text).toContain("a: it handles the call 'spin'")
    expect(why.text).toContain(
      `2 messages wait; its thread is held in ${why.stack![0]!.function} (${file}:`,
    )
    const later = await a.why()
    expect(later.handling[0]!.seenForMs).toBeGreaterThan(0)
    expect(later.text).toContain(', seen for ')
    loop.end()
    await loop.call
    expect(await Promise.all(behind)).toEqual(['1:one', '1:two'])
    expect(await a.why()).toMatchObject({ handling: [], waiting: 0, isThreadHeld: false })
  },
)

/** In the function that loops, or where it is called: V8 may have put it there. */
function isInLoop(line: number): boolean {
  return (line >= 9 && line <= 13) || line === 24
}

test('a process whose thread another one holds says which', async () => {
  const { a, b } = await stuckWorld(1)
  await spinning(a)
  const behind = b.call('note', 'one')
  const why = await b.why()
  expect(why).toMatchObject({ handling: [], waiting: 1, isThreadHeld: true, heldBy: 'a' })
  expect(why.stack?.[0]).toMatchObject({ file })
  expect(why.text).toMatch(
    /^b: it handles nothing, and 1 message waits; its thread is held by a in /,
  )
  behind.catch(() => undefined)
})

test.each(['per-process', 1] as const)(
  'a handler that waits for another process says for which, and that its thread is free: %s',
  async (isolates) => {
    const { a, b, gates } = await stuckWorld(isolates)
    const asking = a.call('ask', ['b', 'gate'])
    await gates.reached('gate')
    const why = await a.why()
    expect(why).toMatchObject({
      handling: [{ kind: 'call', name: 'ask', waitsFor: [{ process: 'b', name: 'wait' }] }],
      isThreadHeld: false,
      stack: undefined,
      reason: 'its thread is free: no function holds it',
    })
    expect(why.text).toMatch(/^a: it handles the call 'ask'.*, which waits for 'wait' of b$/)
    expect(await b.why()).toMatchObject({ handling: [{ kind: 'call', name: 'wait' }] })
    gates.open('gate')
    expect(await asking).toBe('gate')
    expect((await a.why()).text).toBe('a: it handles nothing')
  },
)

test('a process that has stopped has no thread', async () => {
  const { a } = await stuckWorld('per-process')
  await a.stop()
  expect(await a.why()).toMatchObject({
    lifecycle: 'stopped',
    handling: [],
    isThreadHeld: undefined,
    stack: undefined,
    reason: 'it has no thread',
    text: 'a: it is stopped: it handles nothing',
  })
})

test('a loop that begins as it is asked is seen', async () => {
  const { a } = await stuckWorld('per-process')
  const words = new Int32Array(new SharedArrayBuffer(8))
  const call = a.call('spin', words)
  expect(await a.why()).toMatchObject({ handling: [{ name: 'spin' }], isThreadHeld: true })
  Atomics.store(words, 0, 1)
  await call
})
