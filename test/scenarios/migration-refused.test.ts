// @module-tag once
import { expect, test } from 'vitest'
import { chain, expectUntouched, open, roomFile } from './rooms.ts'

test('with too few isolates for the versions between, all stay as they are', async () => {
  // One each for the process and the target; the spare serves one of the two that are passed.
  const rooms = await open(1, { maxIsolates: 3, warmSpares: 0 })
  const { code, runtime } = rooms
  for (const name of ['v2', 'v3']) {
    await code.load(roomFile(name))
    await (await code.spawn({ version: `${name[1] ?? ''}.0.0` })).stop()
  }
  const error = await expectUntouched(rooms, () => code.upgrade(roomFile('v4')))
  expect(error).toMatchObject({ code: 'ISOLATE_LIMIT', phase: 'open' })
  await expect.poll(() => runtime.isolates).toBe(1)
})

test.each([
  {
    how: 'upgrade',
    to: '4.0.0',
    expected: "codeChange['2.0.0'] in 4.0.0: a function or 'unchanged'",
  },
  {
    how: 'downgrade',
    to: '1.0.0',
    expected: "downgrade['2.0.0'] in 4.0.0: a function or 'unchanged'",
  },
] as const)('an $how whose way has a gap is refused in the plan', async (gap) => {
  const rooms = await chain(2)
  const { code } = rooms
  if (gap.how === 'downgrade') await code.upgrade('4.0.0')
  await code.softPurge('3.0.0')
  const isolates = rooms.runtime.isolates
  const error = await expectUntouched(rooms, () => code[gap.how](gap.to))
  expect(error).toMatchObject({
    code: 'NO_MIGRATION',
    phase: 'plan',
    to: gap.to,
    expected: gap.expected,
    received: '3.0.0',
  })
  expect(rooms.runtime.isolates).toBe(isolates)
})
