import { expect, test } from 'vitest'
import type citiesV1 from '../fixtures/tables/cities-v1.ts'
import type citiesV2 from '../fixtures/tables/cities-v2.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

const v1 = fixture('tables/cities-v1.ts')
const v2 = fixture('tables/cities-v2.ts')

test('a table is migrated record by record ahead of the state', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof citiesV1>(v1)
  const cities = await code.spawn({ args: 10_000 })
  await cities.call('remove', 'city 3')
  await cities.call('set', { key: 'city 3', people: 7 })
  const report = await code.upgrade<typeof citiesV2>(v2)
  const state = await cities.as<typeof citiesV2>().state()
  expect(Object.keys(state)).toEqual(['hits', 'note', 'upgrades', 'cities'])
  expect(state).toMatchObject({ hits: 0, note: 'first', upgrades: 1 })
  expect(state.cities.size).toBe(10_000)
  expect([...state.cities.keys()].at(-1)).toBe('city 3')
  expect(state.cities.get('city 200')).toEqual({ name: 'City 200', people: 200, isBig: true })
  expect(report.processes[0]!.copied).toMatchObject({ records: 10_000, rounds: 1, recordsLeft: 0 })
  expect(report.phases.copy).toBeGreaterThan(0)
  await code.downgrade('1.0.0')
  const back = await cities.state()
  expect(Object.keys(back)).toEqual(['hits', 'note', 'cities'])
  expect([...back.cities].at(-1)).toEqual(['city 3', { name: 'city 3', people: 7 }])
  expect(back.cities.get('city 200')).toEqual({ name: 'City 200', people: 200 })
})
