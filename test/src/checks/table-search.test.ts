// @module-tag once
import { afterAll, describe, expect, test } from 'vitest'
import { deserialise, serialise } from '../../../src/protocol/bytes/clone-bytes.ts'
import { isMoultError } from '../../../src/protocol/errors.ts'
import type { SearchFault, SearchResult } from '../../../src/protocol/jobs/search.ts'
import type * as Searching from '../../../src/checks/state-search.ts'
import { builtModule } from '../../support/built-module.ts'
import { imageOf } from '../../support/image.ts'
import { shapesOf } from '../../support/type-shape.ts'

const { StateSearch } = await builtModule<typeof Searching>('src/checks/state-search.js')

const shape = shapesOf({ 'search/towns-v1.ts': '' })('Towns')

const states = new StateSearch()
afterAll(() => states.close())

type Options = Omit<Partial<Searching.StateSearchOptions>, 'older' | 'newer'>

async function search(
  newer: string,
  options: Options = { shape },
  older = 'towns-v1',
): Promise<SearchResult> {
  const [from, to] = await Promise.all([older, newer].map((each) => imageOf(`search/${each}.ts`)))
  return states.search({ older: from!, newer: to!, seed: 7, loadTimeoutMs: 120_000, ...options })
}

/** The fault that is found, with its state in the flesh: its tables are Maps. */
async function find(
  ...given: Parameters<typeof search>
): Promise<SearchFault & { readonly value: unknown }> {
  const result = await search(...given)
  if (result.kind !== 'fault') throw new Error(`no fault: ${JSON.stringify(result)}`)
  return { ...result, value: result.state && deserialise(result.state) }
}

const towns = (...cities: [string, { name: string; people: number }][]): unknown => ({
  hits: 0,
  cities: new Map(cities),
})

describe('the smallest state with tables, on which a step record by record', () => {
  test('throws, with the record that it is', async () => {
    const { fault, value, detail, printed, sources } = await find('towns-throws')
    expect([fault, value]).toStrictEqual(['throws', towns(['', { name: '', people: 0 }])])
    expect(printed).toBe("{ hits: 0, cities: Map(1) { '' => { name: '', people: 0 } } }")
    expect(detail.message).toMatch(/reading '0'/)
    expect(detail.paths).toEqual(['state.cities.get("")'])
    expect(detail.stack).toMatch(/towns-throws\.ts:11:/)
    expect(detail.stack).not.toMatch(/workers/)
    expect(sources).toEqual(['type'])
  })

  test('throws for the rest, which has no tables', async () => {
    const { fault, value, detail } = await find('towns-rest')
    expect(fault).toBe('throws')
    expect(value).toStrictEqual({ hits: expect.any(Number) as number, cities: new Map() })
    expect(detail.message).toMatch(/cannot be converted to a BigInt/)
    expect(detail.paths).toEqual([])
  })

  test('loses a record, of a table that was split', async () => {
    const { fault, value, detail } = await find('towns-split')
    expect([fault, value]).toStrictEqual(['there-and-back', towns(['', { name: '', people: 100 }])])
    expect(detail).toStrictEqual({
      message: "state.cities.get('') was { name: '', people: 100 } and is missing afterwards",
      paths: ["state.cities.get('')"],
    })
  })

  test('throws on the way back, by the key alone', async () => {
    const { fault, value, detail } = await find('towns-back')
    expect([fault, value]).toStrictEqual([
      'downgrade-throws',
      towns(['+', { name: '', people: 0 }]),
    ])
    expect(detail).toMatchObject({ message: '+ is no key', paths: ['state.cities.get("+")'] })
  })

  test('makes a record that the new schema of its table refuses', async () => {
    const { fault, value, detail } = await find('towns-checked')
    expect(fault).toBe('schema')
    const { cities } = value as { cities: Map<string, { people: number }> }
    expect([...cities.keys()]).toEqual([''])
    expect(detail.paths).toEqual(['state.cities.get("").people'])
  })

  test('makes a record that is no data', async () => {
    const { fault, value, detail } = await find('towns-uncloneable')
    expect([fault, value]).toStrictEqual(['uncloneable', towns(['', { name: '', people: 8 }])])
    expect(detail.paths).toEqual(['state.cities.get("").greet'])
  })

  test('cannot be found says how much was tried', async () => {
    const result = await search('towns-keys', { shape, runs: 200 })
    expect(result).toMatchObject({ kind: 'none', runs: 200, discarded: 0, sources: ['type'] })
  })
})

test('a function of the whole state is given tables, and so is the one on the way back', async () => {
  const { fault, value } = await find('towns-whole')
  expect([fault, value]).toStrictEqual(['there-and-back', towns(['', { name: '', people: 101 }])])
})

test('schemas of the older version describe its tables too', async () => {
  const { fault, value, sources } = await find('towns-uncloneable', { shape }, 'towns-described')
  expect([fault, sources]).toEqual(['uncloneable', ['schema']])
  const name = expect.stringMatching(/^..$/) as string
  expect(value).toEqual({ hits: 1, cities: new Map([['', { name, people: 50 }]]) })
})

describe('real states with tables', () => {
  const cities: [string, { name: string; people: number }][] = [
    ['ROM-1001', { name: 'Rome', people: 3 }],
    ['MIL-1002', { name: 'Milan', people: 1 }],
    ['BAR-1003', { name: 'Bari', people: 98 }],
  ]
  const smallest = (value: unknown): void => {
    const [[key, city], ...others] = [...(value as { cities: Map<string, unknown> }).cities] as [
      [string, { name: string; people: number }],
    ]
    expect(others).toEqual([])
    expect(key).toMatch(/^[A-Z]-100[123]$/)
    expect(city.people).toBeGreaterThan(99)
  }

  test('lead to keys that no type tells', async () => {
    const samples = [serialise({ hits: 9, cities: new Map(cities) })]
    const { fault, value, detail, sources } = await find('towns-keys', { shape, samples })
    expect([fault, sources]).toStrictEqual(['throws', ['type', 'samples']])
    smallest(value)
    expect(detail.paths[0]).toMatch(/^state\.cities\.get\("[A-Z]-100\d"\)$/)
  })

  test.each([
    ['as pairs', cities],
    ['as an object', Object.fromEntries(cities)],
  ])(
    'may come from JSON, %s, and are enough where the step names their tables',
    async (_, given) => {
      const samples = [serialise({ hits: 9, cities: given })]
      const { value, sources } = await find('towns-keys', { samples })
      smallest(value)
      expect(sources).toEqual(['samples'])
    },
  )

  test('are refused where a table is none', async () => {
    const samples = [serialise({ hits: 9, cities: [1, 2] })]
    const error: unknown = await search('towns-keys', { shape, samples }).catch(
      (thrown: unknown) => thrown,
    )
    expect(isMoultError(error, 'INVALID_OPTION')).toBe(true)
    expect(error).toMatchObject({ path: 'state.cities', received: 'an array' })
  })
})
