import { setImmediate as turn } from 'node:timers/promises'
import type { MessagePort } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { chunkSize } from '../../../src/protocol/definition/table-chunk.ts'
import type { TableChunk } from '../../../src/protocol/definition/table-chunk.ts'
import { table } from '../../../src/protocol/definition/table.ts'
import { LeftTables } from '../../../workers/tables/left-tables.ts'
import type { RecordMigration } from '../../../workers/tables/record-migration.ts'
import { TableSender } from '../../../workers/tables/table-sender.ts'

const RECORDS = 20_000

/** The sender of a large table, and the sizes of the slices that it has sent. */
function sending() {
  const cities = table(Array.from({ length: RECORDS }, (_none, at) => [at, { n: at }]))
  const sizes: number[] = []
  const migrate = (chunk: TableChunk): TableChunk[] => {
    sizes.push(chunkSize(chunk))
    return [chunk]
  }
  let answer: (answer: object) => void = () => undefined
  const port = {
    on: (event: string, listener: typeof answer) => {
      if (event === 'message') answer = listener
    },
    postMessage: () => undefined,
    close: () => undefined,
  } as unknown as MessagePort
  const tables = new LeftTables(() => ({ cities }))
  const sender = new TableSender(tables, port, { migrate } as unknown as RecordMigration, Infinity)
  const apply = (): void => answer({ applied: sizes.length, ms: 0.1 })
  return { sender, sizes, apply }
}

test('a table is sent in slices, and messages have their turn before each', async () => {
  const { sender, sizes, apply } = sending()
  const told = { isSettled: false }
  void sender.settled.then(() => (told.isSettled = true))
  expect(sizes).toEqual([])
  let turns = 0
  while (!told.isSettled) {
    const before = sizes.length
    await turn()
    turns++
    expect(sizes.length - before).toBeLessThanOrEqual(1)
    apply()
  }
  sender.stop()
  expect(sizes.reduce((sum, each) => sum + each)).toBe(RECORDS)
  // No slice is larger than one may be, and the first is small: nothing is known of its records.
  expect([sizes[0]! <= 32, Math.max(...sizes) <= 4096, turns >= sizes.length]).toEqual([
    true,
    true,
    true,
  ])
})

test('no more is on its way than the receiver keeps up with', async () => {
  const { sender, sizes, apply } = sending()
  for (let turns = 0; turns < 10; turns++) await turn()
  expect(sizes).toHaveLength(3)
  apply()
  for (let turns = 0; turns < 10; turns++) await turn()
  expect(sizes).toHaveLength(6)
  sender.stop()
})
