// @module-tag once
import { expect, test } from 'vitest'
import { expectLike, stockFiles, stocked } from './stock.ts'
import { silentLogger } from '../support/runtime.ts'
import { start, v2 } from './witnesses.ts'
import { v1 } from './witnesses.ts'

test('an upgrade that would stand still for too long is refused with the figures, and changes nothing', async () => {
  const stock = await stocked(5_000)
  const upgrade = stock.code.upgrade(stockFiles['2.0.0'], { maxPauseMs: 0 })
  await expect(upgrade).rejects.toMatchObject({
    code: 'PAUSE_TOO_LONG',
    phase: 'copy',
    codeName: 'stock-v1',
    process: 'p1',
    expected: 'at most 0 ms',
    received: expect.stringMatching(/^some \d+(\.\d)? ms$/) as unknown,
    message: expect.stringMatching(/leaving .*entering .*records that keep changing/) as unknown,
  })
  await expectLike(stock, (n) => n)
  const report = await stock.code.upgrade(stockFiles['2.0.0'], { maxPauseMs: 60_000 })
  expect(report.budget).toMatchObject({ maxPauseMs: 60_000, isExceeded: false })
  expect(report.budget!.estimatedMs).toBeGreaterThan(0)
})

test.each(['upgrade', 'downgrade'] as const)(
  'the pause of a plain state is estimated by a dry run: %s',
  async (direction) => {
    const { code } = await start(v1, 2)
    if (direction === 'downgrade') await code.upgrade(v2)
    const [target, options] = [direction === 'upgrade' ? v2 : v1, { maxPauseMs: 0 }]
    await expect(code[direction](target, options)).rejects.toMatchObject({ code: 'PAUSE_TOO_LONG' })
    const report = await code[direction](target, { maxPauseMs: 30_000 })
    expect(report.phases.rehearse).toBeGreaterThan(0)
    expect(report.budget).toMatchObject({ isExceeded: false })
  },
)

test('without a dry run nothing can be known of the pause', async () => {
  const { code } = await start(v1, 1)
  const options: object = { maxPauseMs: 50, rehearse: false }
  await expect(code.upgrade(v2, options)).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    path: 'maxPauseMs',
  })
})

test('a pause that is longer than was thought is said and logged', async () => {
  const warnings: unknown[] = []
  const logger = {
    ...silentLogger,
    warn: (message: string, fields: object) => void warnings.push([message, fields]),
  }
  // Held where everything stands still, as by a machine that is suddenly busy.
  const faultPoint = async (phase: string): Promise<void> => {
    if (phase !== 'transfer') return
    const until = performance.now() + 400
    while (performance.now() < until);
  }
  const stock = await stocked(100, '1.0.0', { faultPoint, logger })
  const report = await stock.code.upgrade(stockFiles['2.0.0'], { maxPauseMs: 399 })
  expect(report.budget).toMatchObject({ maxPauseMs: 399, isExceeded: true })
  expect(warnings).toEqual([
    [expect.stringContaining('maxPauseMs'), expect.objectContaining({ maxPauseMs: 399 })],
  ])
})
