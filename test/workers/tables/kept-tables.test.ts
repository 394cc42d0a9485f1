import { beforeAll, describe, expect, test } from 'vitest'
import { check, project, said, v1 } from '../../support/typecheck.ts'
import { definition, tableFaults, types } from '../../support/typed-tables.ts'

let root = ''

beforeAll(async () => {
  root = await project()
})

/** Tables of the older state and of the newer one, and what is said of them: nothing where they hold the same. */
describe('a state with tables that is taken over as it is', () => {
  test.each([
    ['cities', 'cities: new Towns()', ''],
    ['cities: new Towns()', 'cities', ''],
    ['cities', 'cities: places', ': cities<V>.name should not be there'],
    ['cities', 'cities: table<number, City>()', ': cities<K> is string, not number'],
    ['cities', 'cities: null! as Towns | undefined', ': cities is '],
    ['cities', 'cities, places', ': places is missing'],
    ['cities, places', 'cities', ': places should not be there'],
  ])('with %s, then with %s: %o', (older, newer, fault) => {
    const [one, other] = [{ tables: older }, { tables: newer }]
    const unchanged = tableFaults(root, one, other, "codeChange: { '1.0.0': 'unchanged' },")
    expect(unchanged).toEqual(fault === '' ? [] : [expect.stringContaining(fault)])
    const edited = check(root, v1(definition(one)) + types, v1(definition(other)) + types)
    const expected = fault === '' ? [] : [expect.stringMatching(/^4: the state of 1\.0\.0 is /)]
    expect(said(edited)).toEqual(expected)
  })
})
