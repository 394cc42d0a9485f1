import { setImmediate as turn } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import type { ProcessContext } from '../../../../src/protocol/definition/context.ts'
import { Outcome } from '../../../../src/protocol/wire/messages.ts'
import { decodeThrown, encodeThrown } from '../../../../src/protocol/wire/thrown.ts'
import type { WireThrown } from '../../../../src/protocol/wire/thrown.ts'
import { gate } from '../../../support/gate.ts'
import { HostedIsolate, HostedProcess, told } from '../../../support/hosted-process.ts'
import type { Entry, ToMain } from '../../../support/posted.ts'

interface State {
  readonly log: unknown[]
}

/** What ends the handlers that wait, by what they were sent. */
let gates = new Map<unknown, ReturnType<typeof gate>>()
let contexts: ProcessContext[] = []

beforeEach(() => {
  gates = new Map()
  contexts = []
})

function waitFor(item: unknown): Promise<void> {
  const made = gate()
  gates.set(item, made)
  return made.opened
}

async function wait({ log }: State, item: unknown, context: ProcessContext): Promise<unknown> {
  contexts.push(context)
  log.push(`begins ${String(item)}`)
  await waitFor(item)
  log.push(`ends ${String(item)}`)
  return item
}

const leftOut = (sequence: number) => {
  return { sequence, isLeftOut: true, reason: encodeThrown(new Error('late')) }
}

const definition = {
  version: '1',
  init: (): State => ({ log: [] }),
  calls: {
    put: ({ log }: State, item: unknown) => log.push(item),
    read: ({ log }: State) => log,
    fail: () => {
      throw new RangeError('refused')
    },
    wait,
    failLate: async (_state: State, item: unknown) => {
      await waitFor(item)
      throw new RangeError('refused late')
    },
  },
  casts: {
    add: ({ log }: State, item: unknown) => void log.push(item),
    break: () => {
      throw new RangeError('broken')
    },
    linger: wait,
  },
}

async function open(...items: unknown[]): Promise<void> {
  for (const item of items) {
    gates.get(item)?.open()
    await turn()
  }
}

function entries(said: readonly ToMain[]): Entry[] {
  return said.filter((each): each is Entry => 'kind' in each)
}

/** Number and value of each reply. */
function replies(said: readonly ToMain[]): unknown[] {
  return entries(said)
    .filter(({ kind }) => kind === Outcome.Reply)
    .map(({ sequence, value }) => [sequence, value])
}

describe('messages', () => {
  test('are handled one after the other, in their order, and answered with what their handler returned', async () => {
    const process = HostedProcess.started(definition)
    process.queue(0, 'put', 'a', 'b')
    process.queue(2, 'add', 'c')
    process.deliver(3, 'put', 'd')
    expect(replies(await process.read())).toEqual([
      [0, 1],
      [1, 2],
      [3, 4],
    ])
    expect([process.cell.started, process.cell.finished]).toEqual([4, 4])
  })

  test('wait for a handler that is awaited', async () => {
    const process = HostedProcess.started(definition)
    process.deliver(0, 'wait', 'x')
    process.deliver(1, 'read', undefined)
    expect(await process.read()).toEqual([])
    expect([process.cell.started, process.cell.finished]).toEqual([1, 0])
    await open('x')
    expect(replies(await process.read())).toEqual([
      [0, 'x'],
      [1, ['begins x', 'ends x']],
    ])
  })

  test('that have no reply are told of by how far all have finished', async () => {
    const process = HostedProcess.started(definition)
    process.deliver(0, 'add', 'a', 'b', 'c')
    const said = entries(await process.read())
    expect(new Set(said.map(({ kind }) => kind))).toEqual(new Set([Outcome.Progress]))
    expect(said.at(-1)?.sequence).toBe(3)
  })

  test('behind one whose handler throws are handled all the same', async () => {
    const process = HostedProcess.started(definition)
    process.queue(0, 'fail', 1)
    process.queue(1, 'break', 2)
    process.deliver(2, 'put', 'a')
    const said = entries(await process.read())
    const threw = said.filter(
      ({ kind }) => kind === Outcome.CallThrew || kind === Outcome.CastThrew,
    )
    expect(threw).toMatchObject([
      { sequence: 0, kind: Outcome.CallThrew },
      { sequence: 1, kind: Outcome.CastThrew },
    ])
    expect(threw.map(({ value }) => decodeThrown(value as WireThrown))).toMatchObject([
      { name: 'RangeError', message: 'refused' },
      { message: 'broken' },
    ])
    expect(replies(said)).toEqual([[2, 1]])
    expect(process.cell.finished).toBe(3)
  })

  test('behind one whose handler rejects late are handled all the same', async () => {
    const process = HostedProcess.started(definition)
    process.queue(0, 'failLate', 'x')
    process.deliver(1, 'put', 'a')
    await open('x')
    const said = entries(await process.read())
    expect(said).toMatchObject([{ kind: Outcome.CallThrew }, { sequence: 1, value: 1 }])
  })

  test('do not change a reply that was given before them', async () => {
    const process = HostedProcess.started(definition)
    process.queue(0, 'put', { deep: [] })
    process.queue(1, 'read', undefined)
    process.deliver(2, 'add', 'later')
    const [, read] = replies(await process.read())
    expect(read).toEqual([1, [{ deep: [] }]])
  })

  test('of a process with many do not keep those of another waiting for their end', async () => {
    const isolate = new HostedIsolate(definition)
    const [busy, other] = [0, 1].map((slot) => new HostedProcess(isolate, { slot }))
    for (const each of [busy, other]) each?.host.init(undefined)
    busy?.queue(0, 'put', ...Array.from({ length: 1000 }, (_none, index) => index))
    other?.deliver(0, 'put', 'a')
    const said = entries(await isolate.read())
    const before = said.findIndex(({ slot }) => slot === 1)
    expect(before).toBeGreaterThan(0)
    expect(before).toBeLessThan(100)
    while (busy?.cell.finished !== 1000) await turn()
  })
})

describe('several at once', () => {
  const wide = { ...definition, concurrency: 2 }

  test('are no more than the definition says', async () => {
    const process = HostedProcess.started(wide)
    process.deliver(0, 'wait', 'a', 'b', 'c')
    expect(process.cell.started).toBe(2)
    await open('b')
    expect(process.cell.started).toBe(3)
    await open('a', 'c')
    expect(replies(await process.read())).toEqual([
      [1, 'b'],
      [0, 'a'],
      [2, 'c'],
    ])
  })

  test('have finished up to the oldest that still runs', async () => {
    const process = HostedProcess.started(wide)
    process.deliver(0, 'wait', 'a')
    process.deliver(1, 'put', 1, 2)
    expect([process.cell.started, process.cell.finished]).toEqual([3, 0])
    await open('a')
    expect(process.cell.finished).toBe(3)
  })

  test('are told of one by one where they have no reply', async () => {
    const process = HostedProcess.started(wide)
    process.deliver(0, 'linger', 'a')
    process.deliver(1, 'add', 'b')
    expect(entries(await process.read())).toMatchObject([{ sequence: 1, kind: Outcome.Finished }])
    await open('a')
    expect(entries(await process.read())).toMatchObject([{ sequence: 0, kind: Outcome.Finished }])
  })

  test('all end before a suspend takes effect, and none begins meanwhile', async () => {
    const process = HostedProcess.started(wide)
    process.deliver(0, 'wait', 'a', 'b', 'c')
    const attempt = process.suspend()
    await open('a')
    expect(process.cell.started).toBe(2)
    expect(await process.read()).toMatchObject([{ sequence: 0 }])
    await open('b')
    const log = ['begins a', 'begins b', 'ends a', 'ends b']
    expect(told(await process.read())).toMatchObject([
      { sequence: 1 },
      { answer: attempt, state: { log } },
    ])
    expect(process.cell.started).toBe(2)
  })
})

describe('a message that nobody waits for', () => {
  test('is left out when its turn comes', async () => {
    const process = HostedProcess.started(definition)
    process.deliver(0, 'wait', 'x')
    process.deliver(1, 'put', 'left out', 'handled')
    process.host.forget(leftOut(1))
    await open('x')
    expect(replies(await process.read())).toEqual([
      [0, 'x'],
      [2, 3],
    ])
    expect(process.cell.finished).toBe(3)
  })

  test('is answered where its handler runs already', async () => {
    const process = HostedProcess.started(definition)
    process.deliver(0, 'wait', 'x')
    process.host.forget(leftOut(0))
    await open('x')
    expect(replies(await process.read())).toEqual([[0, 'x']])
  })

  test('may be told of before it comes', async () => {
    const process = HostedProcess.started(definition)
    process.host.forget(leftOut(0))
    process.deliver(0, 'put', 'left out', 'handled')
    expect(replies(await process.read())).toEqual([[1, 1]])
  })

  test('leaves out no other that comes under its number after a suspend', async () => {
    const process = HostedProcess.started(definition)
    process.deliver(0, 'wait', 'x')
    process.deliver(1, 'put', 'left out')
    process.host.forget(leftOut(1))
    process.suspend()
    await open('x')
    process.resume()
    process.deliver(1, 'put', 'another')
    expect(replies(await process.read())).toEqual([
      [0, 'x'],
      [1, 3],
    ])
  })
})

describe('the turns of a process', () => {
  test('end where a handler asks for a newer version, until main has answered', async () => {
    const process = HostedProcess.started({
      ...definition,
      calls: {
        ...definition.calls,
        ask: (_state: State, _none: unknown, context: ProcessContext) => context.upgradeSelf(),
      },
    })
    process.queue(0, 'ask', undefined)
    process.deliver(1, 'put', 'a')
    expect(await process.read()).toMatchObject([{ type: 'upgrade-self' }, { sequence: 0 }])
    process.host.stay()
    expect(replies(await process.read())).toEqual([[1, 1]])
  })

  test('come before its own only for what came with its buffers', async () => {
    const process = HostedProcess.started(definition)
    process.deliver(0, 'wait', 'x')
    const operation = process.operation('put')
    const payload = new ArrayBuffer(1)
    process.host.receiveMoved({ type: 'deliver-moved', slot: 0, sequence: 1, operation, payload })
    process.deliver(2, 'put', 'waits')
    const attempt = process.suspend()
    await open('x')
    const said = await process.read()
    // It exists nowhere else, so that a suspend waits for it.
    expect(replies(said)).toEqual([
      [0, 'x'],
      [1, 3],
    ])
    const log = ['begins x', 'ends x', payload]
    expect(told(said).at(-1)).toEqual({ answer: attempt, state: { log } })
  })
})
