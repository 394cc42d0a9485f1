// @module-tag once
import { expect, test } from 'vitest'
import type { Step } from '../fixtures/tables/stock.ts'
import { applyBoth, expectLike, gateAt, stockFiles, stocked } from './stock.ts'

const double = (n: number): number => n * 2

test.each(['upgrade', 'downgrade'] as const)(
  'what changes while a table is copied arrives by an %s, in its order',
  async (direction) => {
    const [from, to] =
      direction === 'upgrade' ? (['1.0.0', '2.0.0'] as const) : (['2.0.0', '1.0.0'] as const)
    const stock = await stocked(20_000, from)
    if (direction === 'downgrade') await stock.code.load(stockFiles['1.0.0'])
    // A downgrade migrates in the version that serves: nothing can be held there but all.
    const gate = gateAt('item 9')
    const extra = direction === 'upgrade' ? gate.told : undefined
    const change = stock.code[direction](stockFiles[to], { extra })
    if (direction === 'upgrade') await gate.reached()
    await applyBoth(stock, [
      ['delete', 'item 3'],
      ['set', 'item 4', 1],
      ['delete', 'item 19999'],
      ['set', 'item 19000', 2],
      ['set', 'new', 3],
      ['delete', 'item 5'],
      ['set', 'item 5', 4],
      ['delete', 'item 18000'],
      ['set', 'item 18000', 5],
    ])
    gate.open()
    const report = await change
    await expectLike(stock, direction === 'upgrade' ? double : (n) => n / 2)
    expect(report.processes[0]!.copied!.records).toBeGreaterThanOrEqual(19_997)
    expect(await stock.ref.state()).toMatchObject({ hits: 1 })
  },
)

test.each<{ what: string; steps: Step[] }>([
  { what: 'cleared and filled again', steps: [['clear'], ['set', 'a', 1], ['set', 'b', 2]] },
  {
    what: 'replaced by another',
    steps: [
      ['replace', 5],
      ['delete', 'item 1'],
      ['set', 'x', 9],
    ],
  },
  {
    what: 'replaced twice',
    steps: [
      ['replace', 5],
      ['replace', 3],
    ],
  },
])('a table that is $what while it is copied', async ({ steps }) => {
  const stock = await stocked(5_000)
  const gate = gateAt('item 9')
  const change = stock.code.upgrade(stockFiles['2.0.0'], { extra: gate.told })
  await gate.reached()
  await applyBoth(stock, steps)
  gate.open()
  await change
  await expectLike(stock, double)
})

test('under traffic nothing is lost, doubled or out of order, there and back', async () => {
  const stock = await stocked(3_000)
  let turn = 0
  const traffic = async (until: Promise<unknown>): Promise<void> => {
    const over = new AbortController()
    const end = (): void => over.abort()
    until.then(end, end)
    while (!over.signal.aborted) {
      const at = (turn * 7919) % 3_500
      const key = `item ${at}`
      const steps: Step[] = [['set', key, at * 2 + 2]]
      if (turn % 3 === 0) steps.unshift(['delete', key])
      if (turn % 5 === 0) steps.push(['delete', `item ${(at * 31) % 3_500}`])
      turn++
      await applyBoth(stock, steps)
    }
  }
  for (let round = 0; round < 2; round++) {
    const up = stock.code.upgrade(stockFiles['2.0.0'])
    await traffic(up)
    await up
    // What was set in the new version is what it is there.
    const before = await stock.ref.state()
    expect([...before.items.keys()]).toEqual([...stock.model.keys()])
    const down = stock.code.downgrade('1.0.0')
    await traffic(down)
    await down
    const after = await stock.ref.state()
    expect([...after.items.keys()]).toEqual([...stock.model.keys()])
  }
  expect((await stock.ref.state()).hits).toBe(turn)
})

test('a record that a migration leaves out comes in when it changes so', async () => {
  const stock = await stocked(10)
  await applyBoth(stock, [['set', 'item 2', -1]])
  const gate = gateAt('item 9')
  const change = stock.code.upgrade(stockFiles['2.0.0'], { extra: gate.told })
  await gate.reached()
  await applyBoth(stock, [
    ['set', 'item 2', 5],
    ['set', 'item 3', -1],
  ])
  gate.open()
  await change
  const { items } = await stock.ref.state()
  expect(items.has('item 3')).toBe(false)
  expect([...items].at(-1)).toEqual(['item 2', { n: 10 }])
  expect(items.size).toBe(9)
})
