// @module-tag once
import { isMoultError } from 'moult'
import { expect, test } from 'vitest'
import type { Told } from '../fixtures/tables/stock.ts'
import { fixture } from '../support/runtime.ts'
import { applyBoth, expectLike, gateAt, stockFiles, stocked } from './stock.ts'
import type { Stock, Stocked } from './stock.ts'

const same = (n: number): number => n

/** Nothing has happened to the process: the same thread, the same records, and it can be upgraded. */
async function expectUntouched(stock: Stocked, threadId: number): Promise<void> {
  expect(stock.ref.version).toBe('1.0.0')
  expect(await stock.ref.call('where')).toBe(threadId)
  await applyBoth(stock, [
    ['delete', 'item 1'],
    ['set', 'item 1', 4],
  ])
  await expectLike(stock, same)
  const report = await stock.code.upgrade(stockFiles['2.0.0'])
  await expectLike(stock, (n) => n * 2)
  expect(report.processes[0]!.copied!.recordsLeft).toBe(0)
}

const failures: { fault: Told['fault'] & string; expected: object; ms?: number }[] = [
  {
    fault: 'throw',
    expected: { code: 'CODE_CHANGE_FAILED', path: 'state.items.get("item 700")' },
  },
  {
    fault: 'function',
    expected: { code: 'UNCLONEABLE_STATE', path: 'state.items.get("item 700").n' },
  },
  {
    fault: 'promise',
    expected: { code: 'UNCLONEABLE_STATE', path: 'state.items.get("item 700")' },
  },
  { fault: 'loop', expected: { code: 'CODE_CHANGE_TIMEOUT' }, ms: 1000 },
  { fault: 'exit', expected: { code: 'ISOLATE_EXITED' } },
]

test.each(failures)(
  'a record’s migration fails by $fault: the old version goes on',
  async ({ fault, expected, ms = 20_000 }) => {
    const stock = await stocked(1_000)
    const { isolates } = stock.runtime
    const threadId = await stock.ref.call('where')
    const extra: Told = { fault, at: 'item 700' }
    const upgrade = stock.code.upgrade(stockFiles['2.0.0'], { extra, codeChangeTimeoutMs: ms })
    const error: unknown = await upgrade.catch((each: unknown) => each)
    expect(error).toMatchObject({ ...expected, phase: 'copy', codeName: 'stock-v1' })
    if (fault === 'throw') expect(isMoultError(error) && error.cause).toBeInstanceOf(RangeError)
    await expect.poll(() => stock.runtime.isolates).toBe(isolates)
    await expectUntouched(stock, threadId)
  },
)

test('a downgrade’s record function that throws leaves the newer version serving', async () => {
  const stock = await stocked(1_000, '2.0.0')
  await stock.code.load(stockFiles['1.0.0'])
  const threadId = await stock.ref.call('where')
  const extra: Told = { fault: 'throw', at: 'item 700' }
  await expect(stock.code.downgrade('1.0.0', { extra })).rejects.toMatchObject({
    code: 'DOWNGRADE_FAILED',
    phase: 'copy',
    path: 'state.items.get("item 700")',
  })
  expect(await stock.ref.call('where')).toBe(threadId)
  await stock.code.downgrade('1.0.0')
  await expectLike(stock, (n) => n / 2)
})

test('an upgrade that is aborted while a table is copied leaves everything as it was', async () => {
  const stock = await stocked(1_000)
  const threadId = await stock.ref.call('where')
  const gate = gateAt('item 700')
  const abort = new AbortController()
  const options = { extra: gate.told, signal: abort.signal }
  const upgrade = stock.code.upgrade(stockFiles['2.0.0'], options)
  await gate.reached()
  abort.abort()
  gate.open()
  await expect(upgrade).rejects.toMatchObject({ code: 'UPGRADE_ABORTED', phase: 'copy' })
  await expectUntouched(stock, threadId)
})

test('close() ends an upgrade that copies a table', async () => {
  const stock = await stocked(1_000)
  const gate = gateAt('item 700')
  const upgrade = stock.code.upgrade(stockFiles['2.0.0'], { extra: gate.told })
  await gate.reached()
  const closed = stock.runtime.close()
  gate.open()
  await expect(upgrade).rejects.toMatchObject({ code: 'RUNTIME_CLOSED', phase: 'copy' })
  await closed
})

test.each(['per-process', 1] as const)(
  'a process that is stopped while its table is copied is not moved, the others are: isolates %s',
  async (isolates) => {
    const { runtime } = await stocked(1)
    const code = await runtime.load<Stock>(stockFiles['1.0.0'], { name: 'more', isolates })
    const [long, short] = [await code.spawn({ args: 1_000 }), await code.spawn({ args: 1 })]
    const gate = gateAt('item 700')
    const upgrade = code.upgrade(stockFiles['2.0.0'], { extra: gate.told })
    await gate.reached()
    await long.stop()
    gate.open()
    expect((await upgrade).processes.map(({ id }) => id)).toEqual([short.id])
    expect((await short.state()).items.get('item 0')).toEqual({ n: 0 })
  },
)

test('the old thread dies while its table is copied: the process is made anew, the upgrade fails', async () => {
  const stock = await stocked(20_000)
  const gate = gateAt('item 9')
  const upgrade = stock.code.upgrade(stockFiles['2.0.0'], { extra: gate.told })
  await gate.reached()
  await expect(stock.ref.call('exit')).rejects.toMatchObject({ code: 'ISOLATE_EXITED' })
  gate.open()
  await expect(upgrade).rejects.toMatchObject({ code: 'ISOLATE_EXITED', phase: 'copy' })
  await expect.poll(() => stock.ref.inspect()).toMatchObject({ lifecycle: 'running' })
  await stock.code.upgrade(stockFiles['2.0.0'])
  await expectLike(stock, (n) => n * 2)
})

test('the old thread ends behind the suspend: what has gone ahead is not lost', async () => {
  let end = async (): Promise<void> => undefined
  const faultPoint = (phase: string): Promise<void> | undefined => {
    return phase === 'transfer' ? end() : undefined
  }
  const { runtime } = await stocked(1, '1.0.0', { faultPoint })
  const code = await runtime.load<Stock>(stockFiles['1.0.0'], { name: 'shared', isolates: 1 })
  const stock = await code.spawn({ args: 1_000 })
  const neighbour = await code.spawn({ args: 1 })
  end = async () => {
    await expect(neighbour.call('exit')).rejects.toMatchObject({ code: 'ISOLATE_EXITED' })
  }
  await stock.call('apply', [['set', 'item 1', 4]])
  const report = await stock.upgrade(stockFiles['2.0.0'])
  expect(report.processes[0]!.copied).toMatchObject({ way: 'tables' })
  expect((await stock.state()).items.get('item 1')).toEqual({ n: 8 })
})

test('after a fault at the transfer the table is followed no more, and goes over at the next try', async () => {
  let isArmed = true
  const faultPoint = (phase: string): void => {
    if (phase === 'transfer' && isArmed) throw new RangeError('a fault of the test')
  }
  const stock = await stocked(1_000, '1.0.0', { faultPoint })
  const threadId = await stock.ref.call('where')
  const upgrade = stock.code.upgrade(stockFiles['2.0.0'])
  await expect(upgrade).rejects.toMatchObject({ code: 'UPGRADE_FAILED', phase: 'transfer' })
  isArmed = false
  await expectUntouched(stock, threadId)
})

test('a table in a reply is refused by its path', async () => {
  const { ref } = await stocked(1)
  await expect(ref.call('table')).rejects.toMatchObject({
    code: 'UNCLONEABLE_REPLY',
    path: 'reply',
    received: 'a table',
  })
})

test('records are checked by their schema as they arrive, also where they stay as they are', async () => {
  const stock = await stocked(2_000)
  await applyBoth(stock, [['set', 'item 900', -1]])
  const checked = fixture('tables/checked-v2.ts')
  await expect(stock.code.upgrade(checked)).rejects.toMatchObject({
    code: 'INVALID_STATE',
    phase: 'copy',
    path: 'state.items.get("item 900").n',
  })
  await expectLike(stock, same)
  await applyBoth(stock, [['set', 'item 900', 1]])
  const report = await stock.code.upgrade(checked)
  expect(report.processes[0]!.copied).toMatchObject({ records: 2_000 })
  await expectLike(stock, same)
})
