// @module-tag once
import { expect, test } from 'vitest'
import { expectUntouched, start, v1, v2 } from './witnesses.ts'

test.each(['throw', 'reject', 'function'] as const)(
  'downgrade fails by %s: the running version goes on with its own live state',
  async (fault) => {
    const started = await start(v2, 1)
    await expectUntouched(
      started,
      (error) => {
        const code = fault === 'function' ? 'UNCLONEABLE_STATE' : 'DOWNGRADE_FAILED'
        expect(error).toMatchObject({ code, phase: 'suspend', process: started.refs[0]!.id })
      },
      () => started.code.downgrade(v1, { extra: fault }),
    )
  },
)

test('a downgrade that never settles: its time runs out, the running version goes on', async () => {
  const started = await start(v2, 1)
  await expectUntouched(
    started,
    (error) => expect(error).toMatchObject({ name: 'MoultError', phase: 'suspend' }),
    () =>
      started.code.downgrade(v1, {
        extra: 'never',
        suspendTimeoutMs: 500,
        codeChangeTimeoutMs: 500,
      }),
  )
}, 15_000)

test('a downgrade that loops for ever ends by its deadline, and the process is not lost', async () => {
  const { code, refs } = await start(v2, 1)
  // However long its handlers may take, from the boundary on it is the time of the function that counts.
  const change = { extra: 'loop', suspendTimeoutMs: 3_600_000, codeChangeTimeoutMs: 500 }
  await expect(code.downgrade(v1, change)).rejects.toMatchObject({ code: 'CODE_CHANGE_TIMEOUT' })
  expect(await refs[0]!.call('note', 'again')).toBe('2:again')
}, 15_000)

test.each([
  ['exit', 'ISOLATE_EXITED', 1],
  ['throw-later', 'DOWNGRADE_FAILED', 0],
] as const)(
  'a downgrade by %s during the suspend: the upgrade fails with %s, after %s restarts',
  async (fault, expected, restarts) => {
    const { runtime, code, refs } = await start(v2, 1)
    const isolates = runtime.isolates
    const downgrade = code.downgrade(v1, { extra: fault })
    const behind = refs[0]!.call('note', 'behind')
    await expect(downgrade).rejects.toMatchObject({ code: expected, phase: 'suspend' })
    expect(await behind).toBe('2:behind')
    expect(await refs[0]!.call('witness')).toMatchObject({ version: '2.0.0' })
    expect((await refs[0]!.inspect()).totals.restarts).toBe(restarts)
    await expect.poll(() => runtime.isolates).toBe(isolates)
    await code.downgrade(v1)
    expect(refs[0]!.version).toBe('1.0.0')
  },
)
