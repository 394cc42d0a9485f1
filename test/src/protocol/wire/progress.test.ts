import fc from 'fast-check'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import {
  ProgressCell,
  CellState,
  allocateProgress,
  unwrapSequence,
} from '../../../../src/protocol/wire/progress.ts'

/** What the racing thread is told. */
interface Race {
  readonly cells: SharedArrayBuffer
  /** Word 0: the round that may run. Word 1: the round that the thread has finished. */
  readonly rounds: SharedArrayBuffer
  /** By round: whether the thread's move counted. */
  readonly results: SharedArrayBuffer
  readonly count: number
  readonly move: 'suspend' | 'enter'
}

function cellAt(state: CellState, sequence = 0): ProgressCell {
  const cell = new ProgressCell(new Int32Array(allocateProgress(1)), 0)
  cell.place(state, sequence)
  return cell
}

const standings = Object.values(CellState)

/** Which moves lead on from where; every other one must be refused and change nothing. */
const moves: Readonly<
  Record<
    string,
    { move: (cell: ProgressCell) => boolean; leads: readonly [CellState, CellState][] }
  >
> = {
  withdrawSuspend: {
    move: (cell) => cell.withdrawSuspend(),
    leads: [[CellState.Suspending, CellState.Running]],
  },
  suspend: {
    move: (cell) => cell.suspend(),
    leads: [[CellState.Suspending, CellState.Suspended]],
  },
  rollBack: { move: (cell) => cell.rollBack(), leads: [[CellState.Suspended, CellState.Running]] },
  'enter and run': {
    move: (cell) => cell.enter(CellState.Running),
    leads: [[CellState.Entering, CellState.Running]],
  },
  'enter and hold': {
    move: (cell) => cell.enter(CellState.Entered),
    leads: [[CellState.Entering, CellState.Entered]],
  },
  release: { move: (cell) => cell.release(), leads: [[CellState.Entered, CellState.Running]] },
  cancel: {
    move: (cell) => cell.cancel(),
    leads: [
      [CellState.Entering, CellState.Cancelled],
      [CellState.Entered, CellState.Cancelled],
    ],
  },
}

describe.each(Object.entries(moves))('%s', (_name, { move, leads }) => {
  test.each(standings)('from state %i', (from) => {
    const cell = cellAt(from)
    const to = leads.find(([start]) => start === from)?.[1]
    expect(move(cell)).toBe(to !== undefined)
    expect(cell.state).toBe(to ?? from)
  })
})

test('a suspend is asked for only where the process runs, but each has a number of its own', () => {
  for (const from of standings) {
    const cell = cellAt(from)
    const [first, second] = [cell.requestSuspend(), cell.requestSuspend()]
    expect(second).toBe(first + 1)
    expect(cell.attempt).toBe(second)
    expect(cell.state).toBe(from === CellState.Running ? CellState.Suspending : from)
  }
})

test('the number of an attempt is read as it was given, past 2^31 too', () => {
  const memory = allocateProgress(1)
  const cell = new ProgressCell(new Int32Array(memory), 0)
  new Int32Array(memory)[1] = 2 ** 31 - 1
  expect(cell.requestSuspend()).toBe(cell.attempt)
})

test('cells of one isolate do not touch each other', () => {
  const memory = new Int32Array(allocateProgress(8))
  const cells = Array.from({ length: 8 }, (_none, slot) => new ProgressCell(memory, slot))
  cells.forEach((cell, slot) => {
    cell.place(standings[slot % standings.length] ?? 0, slot * 1000)
    cell.markStarted(slot * 1000 + 2)
    cell.markFinished(slot * 1000 + 1)
  })
  cells.forEach((cell, slot) => {
    expect([cell.state, cell.finished, cell.started]).toEqual([
      standings[slot % standings.length],
      slot * 1000 + 1,
      slot * 1000 + 2,
    ])
  })
  expect(() => new ProgressCell(memory, 8)).toThrow(RangeError)
})

describe('sequence numbers', () => {
  const base = fc.oneof(
    fc.maxSafeNat(),
    fc.integer({ min: 1, max: 2 ** 20 }).map((wraps) => wraps * 2 ** 32 - 1),
    fc.integer({ min: 0, max: 2 ** 20 }).map((wraps) => wraps * 2 ** 31),
  )

  test('are widened again, however often the counter has wrapped around', () => {
    fc.assert(
      fc.property(base, fc.integer({ min: 0, max: 2 ** 31 - 1 }), (head, ahead) => {
        fc.pre(head + ahead <= Number.MAX_SAFE_INTEGER)
        const cell = cellAt(CellState.Running, head)
        expect(unwrapSequence(cell.finished, head)).toBe(head)
        cell.markStarted(head + ahead)
        cell.markFinished(head + ahead)
        expect(unwrapSequence(cell.started, head)).toBe(head + ahead)
        expect(unwrapSequence(cell.finished, head)).toBe(head + ahead)
      }),
      { numRuns: 1000 },
    )
  })

  test('may lie behind the base, as after a rewind', () => {
    fc.assert(
      fc.property(base, fc.integer({ min: 0, max: 2 ** 31 }), (head, behind) => {
        fc.pre(head - behind >= 0)
        const cell = cellAt(CellState.Running, head - behind)
        expect(unwrapSequence(cell.started, head)).toBe(head - behind)
      }),
      { numRuns: 500 },
    )
  })
})

describe('a deadline that passes just as the work is done', () => {
  const count = 1_000

  /** Main and a thread swap the same word at the same time, again and again: exactly one of them may win each round. */
  async function race(
    move: Race['move'],
    place: (cell: ProgressCell) => void,
    rival: (cell: ProgressCell) => boolean,
  ): Promise<{ main: number; thread: number; cell: ProgressCell }> {
    const cells = allocateProgress(1)
    const rounds = new SharedArrayBuffer(8)
    const results = new SharedArrayBuffer(4 * count)
    const cell = new ProgressCell(new Int32Array(cells), 0)
    const [round, result] = [new Int32Array(rounds), new Int32Array(results)]
    const worker = new Worker(new URL('./cell-race.mjs', import.meta.url))
    const exited = once(worker, 'exit')
    await once(worker, 'message')
    worker.postMessage({ cells, rounds, results, count, move } satisfies Race)
    let [main, thread] = [0, 0]
    for (let at = 0; at < count; at++) {
      place(cell)
      Atomics.store(round, 0, at + 1)
      // A head start for the other side that grows and shrinks, so that either side wins some rounds.
      for (let spin = (at * 37) % 2000; spin > 0; spin--) Atomics.load(round, 0)
      const won = rival(cell)
      while (Atomics.load(round, 1) <= at);
      if (won === (result[at] === 1)) throw new Error(`round ${at}: both or neither won`)
      if (won) main++
      else thread++
    }
    await exited
    return { main, thread, cell }
  }

  test('either the suspend counts or its withdrawal, never both, never neither', async () => {
    const { main, thread } = await race(
      'suspend',
      (cell) => {
        cell.place(CellState.Running, 0)
        cell.requestSuspend()
      },
      (cell) => cell.withdrawSuspend(),
    )
    expect(main + thread).toBe(count)
  })

  test('either the new version has entered or main has given up', async () => {
    const { main, thread, cell } = await race(
      'enter',
      (each) => each.place(CellState.Entering, 0),
      (each) => each.cancel(),
    )
    expect(main + thread).toBe(count)
    expect([CellState.Running, CellState.Cancelled]).toContain(cell.state)
  })
})
