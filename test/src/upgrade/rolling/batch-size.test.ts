// @module-tag once
import { describe, expect, test } from 'vitest'
import { BatchSize } from '../../../../src/upgrade/rolling/batch-size.ts'

/** A batch in which each of so many took this long (ms), a fifth of it in each step. */
function batch(count: number, ms: number): Parameters<BatchSize['note']>[0] {
  const step = ms / 5
  const exported = { stateBytes: 1, stoppedAt: 0, serialiseMs: step }
  const entered = {
    readyAt: 0,
    deserialiseMs: step,
    codeChangeMs: step,
    verifyMs: step,
    openMs: step,
  }
  return Array.from({ length: count }, () => ({ exported, entered }))
}

const notMoved = { exported: undefined, entered: undefined }

describe('the size of a batch', () => {
  test('is the given one, whatever they take', () => {
    const size = new BatchSize(3)
    size.note(batch(3, 0.001))
    expect([size.size, size.most]).toEqual([3, 3])
    size.shrink()
    expect(size.size).toBe(3)
  })

  test('is small until it is known how long they take', () => {
    expect(new BatchSize().size).toBe(12)
  })

  test.each([
    [0.001, 64],
    [0.02, 25],
    [0.04, 12],
    [3, 12],
  ])('where each takes %d ms is %i', (ms, expected) => {
    const size = new BatchSize()
    size.note(batch(12, ms))
    expect(size.size).toBe(expected)
    expect(size.size).toBeLessThanOrEqual(size.most)
  })

  test('is of those that have been moved', () => {
    const size = new BatchSize()
    size.note([...batch(12, 0.02), ...Array.from({ length: 12 }, () => notMoved)])
    expect(size.size).toBe(25)
  })

  test('is not that of one alone, nor of a batch that was not moved', () => {
    const size = new BatchSize()
    size.note(batch(1, 0.001))
    size.note([notMoved, notMoved])
    expect(size.size).toBe(12)
  })

  test('hardly falls for one batch that took long, and falls for many of them', () => {
    const size = new BatchSize()
    size.note(batch(12, 0.01))
    size.note(batch(12, 10))
    expect(size.size).toBe(40)
    for (let more = 0; more < 10; more++) size.note(batch(12, 10))
    expect(size.size).toBe(12)
  })

  test('rises at once for a batch that was faster', () => {
    const size = new BatchSize()
    size.note(batch(12, 1))
    size.note(batch(12, 0.01))
    expect(size.size).toBe(50)
  })

  test('is small again when one had to go alone', () => {
    const size = new BatchSize()
    size.note(batch(12, 0.001))
    size.shrink()
    expect(size.size).toBe(12)
  })
})
