import { expect, test } from 'vitest'
import type states from '../fixtures/states/v1.ts'
import { everyKind } from '../fixtures/states/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

const [v1, v2] = [fixture('states/v1.ts'), fixture('states/v2.ts')]
const whole = {
  cycle: true,
  key: true,
  member: true,
  oneBuffer: true,
  offset: [4, 8, 2, 6],
  written: true,
  twice: true,
  hole: true,
}

test('every kind of data, and who is who in it, survives upgrades and downgrades', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof states>(v1)
  const ref = await code.spawn({ args: {} })
  expect(await ref.state()).toEqual(everyKind())
  for (let round = 0; round < 3; round++) {
    await code.upgrade(v2)
    expect(await ref.state()).toMatchObject({ big: 2n ** 70n, date: new Date(86_400_000) })
    await code.downgrade(v1)
  }
  await code.upgrade(v2, { rehearse: false })
  const state = await ref.state()
  const { bytes, words, view, error } = state
  const expected = everyKind()
  expect({ ...state, words, view, bytes, error }).toEqual({
    ...expected,
    words,
    view,
    bytes,
    error,
  })
  expect([...bytes]).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect([words.length, view.byteLength]).toEqual([8, 6])
  expect(error).toBeInstanceOf(TypeError)
  expect(error.cause).toBeInstanceOf(RangeError)
  expect(await ref.call('identities')).toEqual(whole)
})

test('a state that is not data is refused by path: at init, by ref.state() and by an upgrade', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof states>(v1)
  await expect(code.spawn({ name: 'bad', args: { bad: true } })).rejects.toMatchObject({
    code: 'UNCLONEABLE_STATE',
    path: 'state.rows[0].on',
  })
  expect(runtime.whereis('bad')).toBeUndefined()
  const ref = await code.spawn({ name: 'bad', args: {} })
  await ref.call('spoil')
  const unclean = { code: 'UNCLONEABLE_STATE', path: 'state.rows[1].callback' }
  await expect(ref.state()).rejects.toMatchObject(unclean)
  await expect(code.upgrade(v2)).rejects.toMatchObject({ ...unclean, phase: 'rehearse' })
  await expect(code.upgrade(v2, { rehearse: false })).rejects.toMatchObject({
    ...unclean,
    phase: 'suspend',
  })
  expect(ref.version).toBe('1.0.0')
  await ref.call('mend')
  await code.upgrade(v2)
  expect(await ref.call('identities')).toEqual(whole)
})
