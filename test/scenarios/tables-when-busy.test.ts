import { expect, onTestFinished, test } from 'vitest'
import type busyV1 from '../fixtures/tables/busy-v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

test('a table is copied ahead while the messages come without a break', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof busyV1>(fixture('tables/busy-v1.ts'))
  const busy = await code.spawn({ args: 10_000 })
  let isOver = false
  onTestFinished(() => void (isOver = true))
  const client = async (): Promise<void> => {
    while (!isOver) await busy.call('work')
  }
  const clients = Array.from({ length: 64 }, client)
  // A slice after each thousand messages of a millisecond would take more than a minute.
  const limit = { codeChangeTimeoutMs: 15_000 }
  const { processes } = await code.upgrade(fixture('tables/busy-v2.ts'), limit)
  isOver = true
  await Promise.all(clients)
  expect(processes[0]!.copied).toMatchObject({ records: 10_000, recordsLeft: 0 })
})
