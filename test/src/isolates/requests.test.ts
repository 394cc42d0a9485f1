import { describe, expect, test } from 'vitest'
import { CellState } from '../../../src/protocol/wire/progress.ts'
import type { Answer } from '../../../src/protocol/wire/pending-requests.ts'
import { loneState } from '../../../src/protocol/wire/requests.ts'
import type { ExportedStates } from '../../../src/protocol/wire/requests.ts'
import { encodeThrown } from '../../../src/protocol/wire/thrown.ts'
import { packState } from '../../../workers/state/state-bytes.ts'
import { decodeState } from '../../../workers/tables/table-state.ts'
import { MemoryIsolate } from '../../support/memory-isolate.ts'
import type { ToThread } from '../../support/posted.ts'
import { fate, placed } from '../processes/placed.ts'

const migration = { from: '1', to: '2', by: 'unchanged', extra: undefined } as const
const suspend = { slots: [0], attempts: [1], migration }

/** What a thread answers that has stopped one process. */
function exported(count: number): ExportedStates {
  const { bytes } = packState({ count })
  const states = { bytes, lengths: [bytes.length] }
  return { states, attachments: undefined, stoppedAt: [1], serialiseMs: [1], recordsLeft: 0 }
}

function stateIn(answer: ExportedStates): unknown {
  return decodeState(loneState(answer)).rest
}

function enter(count: number) {
  const { states, attachments } = exported(count)
  const who = { slots: [0], ids: ['p1'], names: ['desk'] }
  return { ...who, migration, verify: true, hold: false, states, attachments }
}

/** What the isolate has been asked since, in order. */
async function asked(isolate: MemoryIsolate): Promise<ToThread[]> {
  await Promise.resolve()
  return isolate.read()
}

function numberOf(message: ToThread | undefined): number {
  return (message as unknown as { readonly number: number }).number
}

function say(isolate: MemoryIsolate, number: number, answer: Partial<Answer>): void {
  isolate.say({ type: 'answer', number, threw: false, value: undefined, ...answer })
  isolate.arrive()
}

describe('a request', () => {
  test('goes out with the tick, under a number of its own, and ends with the answer to that', async () => {
    const isolate = new MemoryIsolate()
    const first = isolate.requests.suspend(suspend)
    const second = isolate.requests.suspend({ ...suspend, attempts: [2] })
    const posts = await asked(isolate)
    expect(posts).toMatchObject([
      { type: 'suspend', slots: [0], attempts: [1], migration },
      { type: 'suspend', attempts: [2] },
    ])
    const [one, other] = posts.map(numberOf)
    expect(one).not.toBe(other)
    say(isolate, other!, { value: exported(2) })
    expect([await fate(first), await fate(second)]).toEqual(['open', 'kept'])
    expect(stateIn(await second)).toEqual({ count: 2 })
    say(isolate, one!, { value: exported(1) })
    expect(stateIn(await first)).toEqual({ count: 1 })
  })

  test('keeps its place among what is delivered: a state is there before its messages', async () => {
    const { isolate } = placed(undefined, CellState.Entering)
    isolate.deliver(0, 0, 1, 'before')
    void isolate.requests.enter(enter(1))
    isolate.deliver(0, 1, 1, 'behind')
    expect(await asked(isolate)).toMatchObject([
      { value: 'before' },
      { type: 'enter', slots: [0], ids: ['p1'], names: ['desk'] },
      { value: 'behind' },
    ])
  })

  test('passes the bytes of a state and of copies on', async () => {
    const isolate = new MemoryIsolate()
    const batch = enter(1)
    void isolate.requests.enter(batch)
    const copies = packState({ count: 2 })
    void isolate.requests.try({ copies, count: 1, migration, warmMs: 0 })
    await asked(isolate)
    expect([batch.states.bytes.byteLength, copies.bytes.byteLength]).toEqual([0, 0])
  })

  test('fails with what the thread says, and with the thread', async () => {
    const isolate = new MemoryIsolate()
    const refused = isolate.requests.suspend(suspend)
    const [post] = await asked(isolate)
    const value = encodeThrown(new RangeError('no data'))
    say(isolate, numberOf(post), { threw: true, value })
    expect(await fate(refused)).toMatchObject({ name: 'RangeError', message: 'no data' })
    const lost = [
      isolate.requests.copy({ slots: [0], scope: 'whole' }),
      isolate.requests.suspend(suspend),
      isolate.requests.enter(enter(1)),
    ]
    await asked(isolate)
    isolate.end()
    lost.push(isolate.requests.suspend(suspend))
    for (const each of lost) expect(await fate(each)).toMatchObject({ code: 'ISOLATE_EXITED' })
  })

  test('ends with an answer that the thread gave before its end', async () => {
    const isolate = new MemoryIsolate()
    const given = isolate.requests.suspend(suspend)
    const [post] = await asked(isolate)
    isolate.say({ type: 'answer', number: numberOf(post), threw: false, value: exported(3) })
    isolate.end()
    expect(stateIn(await given)).toEqual({ count: 3 })
  })
})
