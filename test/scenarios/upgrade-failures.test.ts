import { isMoultError } from 'moult'
import { describe, expect, test } from 'vitest'
import type { Fault } from '../fixtures/witness/v2.ts'
import { shared } from '../support/runtime.ts'
import { expectSpare, expectUntouched, start, v1, v2 } from './witnesses.ts'

const faults: { fault: Fault; code: string; reason?: object }[] = [
  { fault: 'throw', code: 'CODE_CHANGE_FAILED', reason: { name: 'RangeError' } },
  { fault: 'reject', code: 'CODE_CHANGE_FAILED', reason: { name: 'RangeError' } },
  { fault: 'function', code: 'UNCLONEABLE_STATE' },
  { fault: 'loop', code: 'CODE_CHANGE_TIMEOUT' },
  { fault: 'never', code: 'CODE_CHANGE_TIMEOUT' },
  { fault: 'exit', code: 'ISOLATE_EXITED' },
  { fault: 'throw-later', code: 'CODE_CHANGE_FAILED', reason: { name: 'RangeError' } },
]
const failing = faults.flatMap((each) => [true, false].map((rehearse) => ({ ...each, rehearse })))

describe('codeChange fails', () => {
  const started = shared(() => start(v1, 1))

  test.each(failing)(
    'by $fault (rehearse $rehearse): the old version goes on',
    async ({ fault, code, reason, rehearse }) => {
      const { runtime, code: witnesses, refs } = started()
      const change = { extra: fault, rehearse, codeChangeTimeoutMs: 500 }
      await expectUntouched(
        started(),
        (error) => {
          expect(error).toMatchObject({ code, phase: rehearse ? 'rehearse' : 'transfer' })
          if (reason) expect(isMoultError(error) && error.cause).toMatchObject(reason)
          if (fault === 'function') expect(error).toMatchObject({ path: 'state.log[0]' })
        },
        () => witnesses.upgrade(v2, change),
      )
      await expectSpare(runtime, refs.length)
    },
  )

  test('nothing of it is in the way of the next upgrade', async () => {
    const { runtime, code, refs } = started()
    await code.upgrade(v2)
    expect(await refs[0]!.call('note', 'after')).toBe('2:after')
    await expectSpare(runtime, refs.length)
  })
})

describe('one of three fails', { tags: ['once'] }, () => {
  const started = shared(() => start(v1, 3))
  const ways = ['throw', 'reject', 'function', 'loop', 'exit', 'throw-later'] as const

  test.each(ways)('by %s: all three go on, each with its own state', async (fault) => {
    const extra: Fault = { only: '1:own 1', fault }
    await expectUntouched(
      started(),
      (error) => expect(error).toMatchObject({ phase: 'transfer' }),
      () => started().code.upgrade(v2, { extra, rehearse: false, codeChangeTimeoutMs: 500 }),
    )
    await expectSpare(started().runtime, started().refs.length)
  })

  test('and take it along to the new version when nothing fails', async () => {
    const report = await started().code.upgrade(v2)
    expect(report.processes).toHaveLength(3)
    const states = await Promise.all(started().refs.map((ref) => ref.state()))
    expect(states.map(({ log }) => log)).toEqual(
      [0, 1, 2].map((index) => [`1:own ${index}`, ...ways.map(() => '1:meanwhile')]),
    )
  })
})

test('what was thrown keeps its class, message and stack, and names the user’s line', async () => {
  const { code } = await start(v1, 1)
  const error: unknown = await code.upgrade(v2, { extra: 'throw' }).catch((each: unknown) => each)
  expect(error).toMatchObject({ code: 'CODE_CHANGE_FAILED', from: '1.0.0', to: '2.0.0' })
  const cause = isMoultError(error) ? error.cause : undefined
  expect(cause).toBeInstanceOf(RangeError)
  expect((cause as Error).stack).toMatch(/witness\/v2\.ts:\d+:\d+/)
})
