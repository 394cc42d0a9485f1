// @module-tag once
import { beforeAll, describe, expect, test } from 'vitest'
import { check, project, said, v1 } from '../../support/typecheck.ts'
import { definition, tableFaults, types } from '../../support/typed-tables.ts'
import type { TableState } from '../../support/typed-tables.ts'

let root = ''

beforeAll(async () => {
  root = await project()
})

const place = "{ title: city.name, tags: city.tags, words: [''] }"

const faults = (older: TableState, newer: TableState, step: string): string[] =>
  tableFaults(root, older, newer, step)

function verify(found: readonly string[], fault: string | undefined): void {
  expect(found).toEqual(fault === undefined ? [] : [expect.stringContaining(`5: ${fault}`)])
}

const up = "codeChange['1.0.0']"
const down = "downgrade['1.0.0']"
const oldRecords = 'the records of state.cities in 1.0.0 are City'
const newRecords = 'the records of state.places in 2.0.0 are Place'

/** A function of records that go from cities to places, and what is said of it: nothing when it is right. */
const functions: readonly (readonly [change: string, fault?: string])[] = [
  [`(city: City) => (${place})`],
  [`(city: City, key: string) => (${place})`],
  [`(city: City, key: string | number) => (${place})`],
  [`(city: City, key: unknown, change) => (${place})`],
  [`(city: import('moult').DeepReadonly<City>) => (${place})`],
  ['(city: { name: string; people: number; tags: readonly string[] }) => null! as Place'],
  [`() => ({ title: '', tags: [], words: [] })`],
  [`(city: City) => (city.people > 0 ? ${place} : undefined)`],
  ['(city: City) => undefined'],
  [`(city: City) => ({ ...${place}, more: city.people })`],
  [
    '(city: { name: number; people: number; tags: string[] }) => null! as Place',
    `${up}.tables.cities.places takes { name: number; people: number; tags: string[]; }, but ${oldRecords}: name is number, not string`,
  ],
  ['(city: { name: string; people: number }) => null! as Place', `: tags is missing`],
  ['(city: City & { size: number }) => null! as Place', ': size should not be there'],
  [
    "(city: { name: 'x'; people: number; tags: string[] }) => null! as Place",
    ': name is "x", not string',
  ],
  [
    '(city) => null! as Place',
    `${up}.tables.cities.places takes never, which proves nothing; expected a parameter of type City, the records of state.cities in 1.0.0`,
  ],
  ['(city: any) => null! as Place', 'takes any, which proves nothing'],
  ['(city: City, key: number) => null! as Place', 'takes number for a key, but the keys of state'],
  ['(city: City, key) => null! as Place', 'takes never for a key, which proves nothing; expected'],
  [
    '(city: City) => ({ title: city.name, tags: city.tags, words: 1 })',
    `${up}.tables.cities.places returns { title: string; tags: string[]; words: number; }, but ${newRecords}: words is number, not readonly string[]`,
  ],
  ['(city: City) => ({ title: city.name, tags: city.tags })', ': words is missing'],
  [`(city: City) => ({ ...${place}, title: any })`, ': title is any, not string'],
  [`async (city: City) => (${place})`, 'returns Promise<{ title: string; '],
  [`(city: City) => (city.people > 0 ? ${place} : null)`, ' | null, but the records of'],
  [
    "'unchanged'",
    `${up}.tables.cities.places is 'unchanged', but ${oldRecords} and the records of`,
  ],
]

describe('a function of records', () => {
  test.each(functions)('%s: %o', (change, fault) => {
    const steps = `codeChange: { '1.0.0': { tables: { cities: { places: ${change} } } } },`
    const found = faults({ tables: 'cities' }, { tables: 'places' }, steps)
    if (fault === undefined) expect(found).toEqual([])
    else {
      expect(found).toHaveLength(1)
      expect(found[0]).toMatch(/^5: codeChange\['1\.0\.0'\]\.tables\.cities\.places /)
      expect(found[0]).toContain(fault)
    }
  })
})

/** The same on the way back, from places to cities. */
const downgrades: readonly (readonly [change: string, fault?: string])[] = [
  ['({ title, tags }) => ({ name: title, people: tags.length, tags })'],
  ['({ title, tags }, key) => ({ name: title + key, people: 0, tags: [...tags] })'],
  ['({ tags }: import("moult").DeepReadonly<Place>) => ({ name: "", people: 0, tags })'],
  ['({ title, tags }) => (tags.length > 0 ? undefined : { name: title, people: 0, tags })'],
  [
    '({ title, tags }) => ({ name: title, people: title, tags })',
    `${down}.tables.places.cities returns { name: string; people: string; tags: readonly string[]; }, but ${oldRecords}: people is string, not number`,
  ],
  ['({ title, tags }) => ({ name: title, tags })', ': people is missing'],
  ['({ title, tags }) => ({ name: title, people: 0, tags, title })', ': title should not be there'],
  [
    "(place: { title: string }) => ({ name: place.title, people: 0, tags: [''] })",
    `${down}.tables.places.cities takes { title: string; }, but the records of state.places in 2.0.0 are Place: tags is missing`,
  ],
]

describe('a function of records on the way back', () => {
  test.each(downgrades)('%s: %o', (change, fault) => {
    const steps = `downgrade: { '1.0.0': { tables: { places: { cities: ${change} } } } },`
    const found = faults({ tables: 'cities' }, { tables: 'places' }, steps)
    expect(found).toEqual(fault === undefined ? [] : [expect.stringContaining(fault)])
  })

  test('may return parts as it was given them beside parts that it has made', () => {
    const steps = `downgrade: { '1.0.0': { tables: { places: ({ title, tags }) => ({ title, tags, words: [title] }) } } },`
    verify(faults({ tables: 'places' }, { tables: 'places' }, steps), undefined)
  })

  test('may hold null beside leaving records out', () => {
    const [older, newer] = ['t: table<string, City | null>()', 't: table<string, 1 | null>()']
    const steps = (value: string): string =>
      `downgrade: { '1.0.0': { tables: { t: (value) => (value === null ? ${value} : undefined) } } },`
    const city = "Math.random() > 1 ? null : { name: '', people: 1, tags: [''] }"
    verify(faults({ tables: older }, { tables: newer }, steps(city)), undefined)
    const other = steps("Math.random() > 1 ? null : { name: '', people: '', tags: [''] }")
    const fault = `${down}.tables.t returns { name: string; people: string; tags: string[]; }`
    verify(faults({ tables: older }, { tables: newer }, other), fault)
  })
})

interface Step {
  readonly name: string
  readonly older?: TableState
  readonly newer?: TableState
  readonly steps: string
  readonly fault?: string
}

const steps: readonly Step[] = [
  { name: 'nothing is mentioned, and nothing differs', steps: '{ tables: {} }' },
  {
    name: 'no tables are written, and nothing differs',
    steps: '{ state: (rest: { n: number }) => ({ n: rest.n }) }',
  },
  {
    name: 'no tables are written, and one has other records',
    newer: { tables: 'cities: places' },
    steps: '{ state: (rest: { n: number }) => ({ n: rest.n }) }',
    fault: `${up}.tables does not mention cities, but ${oldRecords} and the records of state.cities in 2.0.0 are Place: `,
  },
  {
    name: 'a table that is not mentioned, with other records',
    newer: { tables: 'cities: places' },
    steps: '{ tables: {} }',
    fault: `${up}.tables does not mention cities, but ${oldRecords} and the records of state.cities in 2.0.0 are Place: `,
  },
  {
    name: 'a table that is not mentioned, of a class of its own now',
    newer: { tables: 'cities: new Towns()' },
    steps: '{ tables: {} }',
  },
  {
    name: 'a table that is not mentioned, with other keys',
    newer: { tables: 'cities: table<number, City>()' },
    steps: '{ tables: {} }',
    fault: `${up}.tables leaves keys as they are, but the keys of state.cities in 1.0.0 are string and the keys of state.cities in 2.0.0 are number`,
  },
  {
    name: 'a table that is not mentioned, and is not there any more',
    older: { tables: 'cities, places' },
    steps: '{ tables: {} }',
    fault: `${up}.tables does not mention places: the state of 2.0.0 has the tables cities`,
  },
  {
    name: 'a table that is dropped',
    older: { tables: 'cities, places' },
    steps: '{ tables: { places: {} } }',
  },
  {
    name: 'a table that goes where no table is',
    steps: '{ tables: { cities: { cities: "unchanged", towns: "unchanged" } } }',
    fault: `${up}.tables.cities.towns goes to no table: the state of 2.0.0 has the tables cities`,
  },
  {
    name: 'a step of no table',
    steps: '{ tables: { "old-cities": (city: City) => city } }',
    fault: `${up}.tables["old-cities"] is of no table: the state of 1.0.0 has the tables cities`,
  },
  {
    name: 'a table in two, of which one holds something else',
    newer: { tables: 'cities, places' },
    steps: `{ tables: { cities: { cities: 'unchanged', places: (city: City) => city } } }`,
    fault: `${up}.tables.cities.places returns City, but ${newRecords}`,
  },
  {
    name: 'a table that another goes to, and that stays as well',
    older: { tables: 'cities, more: cities' },
    steps: `{ tables: { more: { cities: (city: City) => city } } }`,
    fault: 'two tables go to state.cities: more and cities',
  },
  {
    name: 'a new table that nothing goes to',
    newer: { tables: 'cities, places' },
    steps: '{ tables: {} }',
    fault: `nothing becomes state.places of 2.0.0: ${up}.tables has nothing go there, and ${up}.state does not make it`,
  },
  {
    name: 'a new table that is made by the function of the rest',
    newer: { tables: 'cities, places' },
    steps: `{ tables: {}, state: ({ n }: { n: number }) => ({ n, places: table<string, Place>() }) }`,
  },
  {
    name: 'a new table of another kind that is made by the function of the rest',
    newer: { tables: 'cities, places' },
    steps: `{ tables: {}, state: ({ n }: { n: number }) => ({ n, places: table<string, City>() }) }`,
    fault: `${up}.state returns { n: number; places: Table<string, City>; }, but the state of 2.0.0 without its tables is `,
  },
  {
    name: 'a new table that need not be there',
    newer: { tables: 'cities, places: null! as Table<string, Place> | undefined' },
    steps: `{ tables: {}, state: ({ n }: { n: number }) => ({ n, places: undefined }) }`,
  },
  {
    name: 'a table that may not be there',
    older: { tables: 'cities: null! as Table<string, City> | undefined' },
    steps: `{ tables: {} }`,
    fault: 'state.cities may be missing in 1.0.0, but state.cities may not in 2.0.0',
  },
  {
    name: 'the rest differs, and stays as it is',
    newer: { n: 'string', tables: 'cities' },
    steps: '{ tables: {} }',
    fault: `${up}.state is left out, but the state of 1.0.0 without its tables is { n: number; } and that of 2.0.0 is { n: string; }: n is number, not string`,
  },
  {
    name: 'the rest becomes what it should',
    newer: { n: 'string', tables: 'cities' },
    steps: '{ tables: {}, state: (rest: { n: number }) => ({ n: String(rest.n) }) }',
  },
  {
    name: 'the rest is taken for something else',
    steps: '{ tables: {}, state: (rest: { n: string }) => ({ n: Number(rest.n) }) }',
    fault: `${up}.state takes { n: string; }, but the state of 1.0.0 without its tables is { n: number; }: n is string, not number`,
  },
  {
    name: 'the rest is taken for the whole',
    steps: '{ tables: {}, state: ({ n }: { n: number; cities: Table<string, City> }) => ({ n }) }',
    fault: `${up}.state takes { n: number; cities: Table<string, City>; }, but the state of 1.0.0 without its tables is { n: number; }: cities should not be there`,
  },
  {
    name: 'the rest has no type',
    steps: '{ tables: {}, state: (rest) => ({ n: 1 }) }',
    fault: `${up}.state takes never, which proves nothing; expected a parameter of type { n: number; }, the state of 1.0.0 without its tables`,
  },
  {
    name: 'the rest becomes something else',
    steps: "{ tables: {}, state: (rest: { n: number }) => ({ n: '' }) }",
    fault: `${up}.state returns { n: string; }, but the state of 2.0.0 without its tables is { n: number; }: n is string, not number`,
  },
  {
    name: 'the rest becomes any',
    steps: '{ tables: {}, state: (rest: { n: number }) => any }',
    fault: `${up}.state returns any, but the state of 2.0.0 without its tables is { n: number; }`,
  },
  {
    name: 'the rest becomes something else later on',
    steps: "{ tables: {}, state: async (rest: { n: number }) => ({ n: '' }) }",
    fault: `${up}.state returns { n: string; }, but`,
  },
  {
    name: 'a rest of several kinds',
    older: { n: "'a' | 'b'", tables: 'cities' },
    newer: { n: "'a' | 'c'", tables: 'cities' },
    steps: `{ tables: {}, state: ({ n }: { n: 'a' | 'b' }) => n === 'a' ? { n } as const : { n: 'c' } as const }`,
  },
  {
    name: 'steps whose types are forgotten',
    steps: '{ tables: any as Record<string, "unchanged"> }',
    fault: `the types of ${up}.tables cannot be read`,
  },
  {
    name: 'a step whose type is forgotten',
    steps: '{ tables: { cities: any } }',
    fault: `the types of ${up}.tables.cities cannot be read`,
  },
]

describe('a step record by record', () => {
  test.each(steps)('$name', ({ older, newer, steps: step, fault }) => {
    const [one, other] = [older ?? { tables: 'cities' }, newer ?? { tables: 'cities' }]
    verify(faults(one, other, `codeChange: { '1.0.0': ${step} },`), fault)
  })

  test('back: the rest is exactly what the older version knows, and tables go beside it', () => {
    const back = (state: string): string =>
      `downgrade: { '1.0.0': { tables: {}, state: ${state} } },`
    const [older, newer] = [{ tables: 'cities, places' }, { n: 'string', tables: 'cities, places' }]
    const right = back('({ n }) => ({ n: Number(n) })')
    verify(faults(older, newer, right), undefined)
    const more = back('({ n }) => ({ n: Number(n), more: n })')
    verify(faults(older, newer, more), `${down}.state returns { n: number; more: string; }, but`)
    const made = back('({ n }) => ({ n: Number(n), places })')
    expect(faults(older, { n: 'string', tables: 'cities' }, made)).toEqual([
      `5: nothing becomes state.places of 1.0.0: ${down}.tables has nothing go there`,
      `5: ${down}.state returns { n: number; places: Table<string, Place>; }, but the state of 1.0.0 without its tables is { n: number; }: places should not be there`,
    ])
  })

  test.each([
    'cities: null! as Table<string, City> | undefined',
    '...(null! as { cities?: Towns })',
  ])('back: the rest may be said to have a table that need not be there: %s', (tables) => {
    const back = "downgrade: { '1.0.0': { tables: {}, state: ({ n }) => ({ n }) } },"
    verify(faults({ tables }, { tables }, back), undefined)
  })

  test('of a file that was edited under its own label', () => {
    const older = v1(definition({ tables: 'cities' })) + types
    const newer = (change: string): string =>
      v1(
        `${definition({ tables: 'places' })}\n  codeChange: { '1.0.0': { tables: { cities: { places: ${change} } } } },`,
      ) + types
    const edit = (change: string): string[] => said(check(root, older, newer(change)))
    verify(edit(`(city: City) => (${place})`), undefined)
    verify(edit(`(city: Place) => city`), `${up}.tables.cities.places takes Place, but`)
  })
})
