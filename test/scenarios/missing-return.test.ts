// @module-tag once
import { expect, test } from 'vitest'
import { rejection, world } from './contract-programs.ts'

/** What was meant to return the state it has changed. */
const inPlace = '(old) => { old.total = 1 }'
const functions = [
  { kind: 'a function', step: inPlace },
  { kind: 'an async function', step: `async ${inPlace}` },
  { kind: 'the state of a migration record by record', step: `{ tables: {}, state: ${inPlace} }` },
]

test.each(functions)(
  'codeChange without a return is refused, and loses nothing: $kind',
  async ({ step }) => {
    const { code, file } = await world([{}, { fields: `codeChange: { '1': ${step} },` }])
    const ref = await code.spawn({ name: 'shop' })
    for (const rehearse of [true, false]) {
      expect(await rejection(code.upgrade(file(2), { rehearse }))).toMatchObject({
        code: 'CODE_CHANGE_FAILED',
        message: 'codeChange from 1 to 2 returned undefined: is a return missing?',
        phase: rehearse ? 'rehearse' : 'transfer',
        process: 'shop',
        expected: 'a state',
        received: 'undefined',
      })
    }
    expect(await ref.state()).toEqual({ log: [] })
    expect(ref.version).toBe('1')
  },
)

test.each(functions)(
  'downgrade without a return is refused, and loses nothing: $kind',
  async ({ step }) => {
    const fields = `codeChange: { '1': 'unchanged' }, downgrade: { '1': ${step} },`
    const { code, file } = await world([{}, { fields }])
    const ref = await code.spawn()
    await code.upgrade(file(2))
    expect(await rejection(code.downgrade('1'))).toMatchObject({
      code: 'DOWNGRADE_FAILED',
      message: 'downgrade from 2 to 1 returned undefined: is a return missing?',
      expected: 'a state',
      received: 'undefined',
    })
    expect(await ref.state()).toEqual({ log: [] })
    expect(ref.version).toBe('2')
  },
)

test('a state that is undefined may stay so', async () => {
  const init = 'init: () => undefined,'
  const step = '(old) => old'
  const next = `${init} codeChange: { '1': ${step} }, downgrade: { '1': ${step} },`
  const { code, file } = await world([{ fields: init }, { fields: next }])
  const ref = await code.spawn()
  await code.upgrade(file(2))
  await code.downgrade('1')
  expect(await ref.state()).toBeUndefined()
})
