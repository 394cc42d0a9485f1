import { isMoultError } from 'moult'
import { expect, test } from 'vitest'
import type { Fault } from '../fixtures/witness/v2.ts'
import { expectUntouched, start, v1, v2 } from './witnesses.ts'

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

test.each(failing)(
  'codeChange fails by $fault (rehearse $rehearse): the old version goes on',
  async ({ fault, code, reason, rehearse }) => {
    const started = await start(v1, 1)
    const isolates = started.runtime.isolates
    const change = { extra: fault, rehearse, codeChangeTimeoutMs: 500 }
    await expectUntouched(
      started,
      (error) => {
        expect(error).toMatchObject({ code, phase: rehearse ? 'rehearse' : 'transfer' })
        if (reason) expect(isMoultError(error) && error.cause).toMatchObject(reason)
        if (fault === 'function') expect(error).toMatchObject({ path: 'state.log[0]' })
      },
      () => started.code.upgrade(v2, change),
    )
    await expect.poll(() => started.runtime.isolates).toBe(isolates)
    await started.code.upgrade(v2)
    expect(await started.refs[0]!.call('note', 'after')).toBe('2:after')
  },
)

test.each(['throw', 'reject', 'function', 'loop', 'exit', 'throw-later'] as const)(
  'one of three fails by %s: all three go on, each with its own state',
  async (fault) => {
    const started = await start(v1, 3)
    const isolates = started.runtime.isolates
    const extra: Fault = { only: '1:own 1', fault }
    await expectUntouched(
      started,
      (error) => expect(error).toMatchObject({ phase: 'transfer' }),
      () => started.code.upgrade(v2, { extra, rehearse: false, codeChangeTimeoutMs: 500 }),
    )
    await expect.poll(() => started.runtime.isolates).toBe(isolates)
    const report = await started.code.upgrade(v2)
    expect(report.processes).toHaveLength(3)
    const states = await Promise.all(started.refs.map((ref) => ref.state()))
    expect(states.map(({ log }) => log)).toEqual(
      [0, 1, 2].map((index) => [`1:own ${index}`, '1:meanwhile']),
    )
  },
)

test('what was thrown keeps its class, message and stack, and names the user’s line', async () => {
  const { code } = await start(v1, 1)
  const error: unknown = await code.upgrade(v2, { extra: 'throw' }).catch((each: unknown) => each)
  expect(error).toMatchObject({ code: 'CODE_CHANGE_FAILED', from: '1.0.0', to: '2.0.0' })
  const cause = isMoultError(error) ? error.cause : undefined
  expect(cause).toBeInstanceOf(RangeError)
  expect((cause as Error).stack).toMatch(/witness\/v2\.ts:\d+:\d+/)
})
