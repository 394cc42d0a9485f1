import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { ProcessContext } from '../../../../src/protocol/definition/context.ts'
import { Outcome } from '../../../../src/protocol/wire/messages.ts'
import { gate } from '../../../support/gate.ts'
import { HostedProcess, told } from '../../../support/hosted-process.ts'

interface State {
  count: number
}

/** A process whose handlers let go of the state when a test says so. */
function streaming(concurrency = 1) {
  const [early, late, end] = [gate(), gate(), gate()]
  const contexts: ProcessContext[] = []
  const stream = async (state: State, when: string, context: ProcessContext): Promise<string> => {
    contexts.push(context)
    state.count++
    if (when === 'at once') context.letGo()
    await early.opened
    if (when === 'later') context.letGo()
    await late.opened
    await end.opened
    return when
  }
  const process = HostedProcess.started({
    version: '1',
    concurrency,
    init: (): State => ({ count: 0 }),
    calls: { stream, add: (state: State) => ++state.count },
    casts: { push: stream, note: () => undefined },
  })
  return { process, contexts, early, late, end }
}

describe.each([1, 3])('a handler that needs the state no more (concurrency %s)', (concurrency) => {
  test.each(['at once', 'later'])('is not waited for: %s', async (when) => {
    const { process, early, late, end } = streaming(concurrency)
    process.deliver(0, 'stream', when)
    const attempt = process.suspend()
    expect(told(await process.read())).toEqual(
      when === 'later'
        ? []
        : [
            { type: 'let-go', slot: 0, sequence: 0 },
            { answer: attempt, state: { count: 1 } },
          ],
    )
    early.open()
    await turn()
    expect(told(await process.read())).toEqual(
      when === 'at once'
        ? []
        : [
            { type: 'let-go', slot: 0, sequence: 0 },
            { answer: attempt, state: { count: 1 } },
          ],
    )
    late.open()
    end.open()
    expect(await process.read()).toEqual([
      { slot: 0, sequence: 0, kind: Outcome.Reply, value: when },
    ])
  })

  test('has its end told as that of a cast that was handled beside others', async () => {
    const { process, early, late, end } = streaming(concurrency)
    process.deliver(0, 'push', 'at once')
    await process.read()
    for (const each of [early, late, end]) each.open()
    expect(await process.read()).toEqual([
      { slot: 0, sequence: 0, kind: Outcome.Finished, value: undefined },
    ])
  })

  test('holds the process in its isolate until it has ended', async () => {
    const { process, early, late, end } = streaming(concurrency)
    process.deliver(0, 'stream', 'at once')
    process.suspend()
    await process.read()
    process.host.deactivate()
    expect(await process.read()).toEqual([])
    for (const each of [early, late, end]) each.open()
    expect((await process.read()).map((each) => 'kind' in each && each.kind)).toEqual([
      Outcome.Reply,
      Outcome.Deactivated,
    ])
  })
})

test('another handler is waited for all the same', async () => {
  const { process, early, late, end } = streaming(3)
  process.deliver(0, 'stream', 'at once', 'never')
  await process.read()
  const attempt = process.suspend()
  expect(await process.read()).toEqual([])
  for (const each of [early, late, end]) each.open()
  expect(told(await process.read())).toContainEqual({ answer: attempt, state: { count: 2 } })
})

test('to let go twice says nothing more', async () => {
  const { process, contexts } = streaming()
  process.deliver(0, 'stream', 'at once')
  contexts[0]!.letGo()
  expect(await process.read()).toHaveLength(1)
})

test('one that has ended lets go of nothing, and not for the next', async () => {
  const { process, contexts, early, late, end } = streaming()
  for (const each of [early, late, end]) each.open()
  process.deliver(0, 'stream', 'never')
  await process.read()
  process.deliver(1, 'stream', 'never')
  contexts[0]!.letGo()
  expect(await process.read()).toEqual([
    { slot: 0, sequence: 1, kind: Outcome.Reply, value: 'never' },
  ])
})

test('what has moved here behind such a handler is handled before a suspend takes effect', async () => {
  const { process } = streaming()
  process.deliver(0, 'stream', 'at once')
  const operation = process.operation('add')
  const payload = new ArrayBuffer(1)
  process.host.receiveMoved({ type: 'deliver-moved', slot: 0, sequence: 1, operation, payload })
  const attempt = process.suspend()
  expect(told(await process.read())).toMatchObject([
    { type: 'let-go', sequence: 0 },
    { sequence: 1, value: 2 },
    { answer: attempt, state: { count: 2 } },
  ])
})

test('a cast that has moved here behind such a handler has its own end told', async () => {
  const { process } = streaming()
  process.deliver(0, 'stream', 'at once')
  const operation = process.operation('note')
  const payload = new ArrayBuffer(1)
  process.host.receiveMoved({ type: 'deliver-moved', slot: 0, sequence: 1, operation, payload })
  expect(told(await process.read())).toMatchObject([
    { type: 'let-go', sequence: 0 },
    { sequence: 1, kind: Outcome.Finished },
  ])
})
