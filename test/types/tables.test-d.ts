/* eslint-disable @typescript-eslint/no-unused-vars, @typescript-eslint/no-unsafe-call --
   what a test must not accept has no use */
import { Table, defineProcess, table } from 'moult'
import type { Change, DeepReadonly, ProcessRef } from 'moult'
import { expectTypeOf, test } from 'vitest'

interface City {
  name: string
  near: string[]
}

class Cities extends Table<string, City> {}

const v2 = defineProcess({
  version: '2.0.0',
  init: () => ({ hits: 0, cities: new Cities(), ages: table<number, Date>() }),
  tables: { cities: () => new Cities() },
  codeChange: {
    '1.0.0': {
      tables: {
        cities: (city: { name: string }, key: string, change) => {
          expectTypeOf(change).toEqualTypeOf<Change>()
          return { name: city.name, near: [] }
        },
        places: { ages: (age: number) => (age > 0 ? new Date(age) : undefined) },
        cache: {},
      },
      state: (rest: { count: number }) => ({ hits: rest.count }),
    },
    '1.1.0': { tables: { cities: 'unchanged' } },
  },
  downgrade: {
    '1.0.0': {
      tables: {
        cities: (city, key) => {
          expectTypeOf(city).toEqualTypeOf<DeepReadonly<City>>()
          expectTypeOf(key).toEqualTypeOf<string>()
          return { name: city.name }
        },
        ages: { places: (age) => age.getTime() },
      },
      state: (rest) => {
        expectTypeOf(rest).toEqualTypeOf<{ hits: number }>()
        return { count: rest.hits }
      },
    },
  },
  calls: {
    near: (state, key: string) => {
      expectTypeOf(state.cities).toEqualTypeOf<Cities>()
      expectTypeOf(state.cities.get(key)?.near).toEqualTypeOf<readonly string[] | undefined>()
      // @ts-expect-error a value is changed by setting another
      state.cities.get(key)?.near.push('x')
      return [...(state.cities.get(key)?.near ?? [])]
    },
    add: (state, key: string) => {
      state.cities.update(key, (city) => ({ name: key, near: [], ...city }))
      // @ts-expect-error a value of another type
      state.cities.set(key, { name: 1 })
      // @ts-expect-error a key of another type
      state.cities.set(1, { name: key, near: [] })
    },
  },
})

test('a state’s tables are Maps to whoever reads it', () => {
  expectTypeOf<Awaited<ReturnType<ProcessRef<typeof v2>['state']>>>().toEqualTypeOf<{
    hits: number
    cities: Map<string, DeepReadonly<City>>
    ages: Map<number, DeepReadonly<Date>>
  }>()
})

test('steps record by record fit the new state', () => {
  const state = () => ({ hits: 0, cities: table<string, City>() })
  defineProcess({
    version: '2',
    init: state,
    // @ts-expect-error records of another type
    codeChange: { '1': { tables: { cities: (city: City) => ({ name: city.name }) } } },
  })
  defineProcess({
    version: '2',
    init: state,
    // @ts-expect-error there is no such table
    codeChange: { '1': { tables: { cities: { towns: (city: City) => city } } } },
  })
  defineProcess({
    version: '2',
    init: state,
    // @ts-expect-error not the rest of the state
    codeChange: { '1': { tables: {}, state: () => ({ count: 0 }) } },
  })
  defineProcess({
    version: '2',
    init: state,
    // @ts-expect-error there is no such table
    tables: { towns: () => table<string, City>() },
  })
})

test('nothing of a value may be changed, all the way down', () => {
  interface Deep {
    list: { n: number }[]
    map: Map<string, Set<number>>
    when: Date
    run: (n: number) => void
    pair: [number, string?]
  }
  expectTypeOf<DeepReadonly<Deep>>().toEqualTypeOf<{
    readonly list: readonly { readonly n: number }[]
    readonly map: ReadonlyMap<string, ReadonlySet<number>>
    readonly when: Date
    readonly run: (n: number) => void
    readonly pair: readonly [number, string?]
  }>()
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  expectTypeOf<DeepReadonly<any>>().toBeAny()
  expectTypeOf<DeepReadonly<unknown>>().toBeUnknown()
})

test('all is inferred too where init leaves the type of its context to be inferred', () => {
  defineProcess({
    version: '2.0.0',
    init: (args: { first: string }, context) => ({
      since: context.self.id,
      cities: new Cities(),
      ages: table([[args.first, new Date()]]),
    }),
    tables: { cities: () => new Cities() },
    codeChange: {
      '1.0.0': {
        tables: {
          cities: (city: { name: string }, _key, change) => {
            expectTypeOf(change).toEqualTypeOf<Change>()
            return { name: city.name, near: [] }
          },
        },
        state: (rest: { count: number }, change) => ({ since: `${change.from}:${rest.count}` }),
      },
      '1.1.0': (old: { since: string }) => ({
        ...old,
        cities: new Cities(),
        ages: table<string, Date>(),
      }),
    },
    downgrade: {
      '1.0.0': {
        tables: {
          cities: ({ name, near }, key, change) => {
            expectTypeOf(near).toEqualTypeOf<readonly string[]>()
            expectTypeOf(key).toEqualTypeOf<string>()
            expectTypeOf(change).toEqualTypeOf<Change>()
            return { name }
          },
          ages: { people: (age) => age.getTime(), others: 'unchanged' },
          // @ts-expect-error it is no table
          since: () => 1,
        },
        state: ({ since }) => ({ count: since.length }),
      },
      '1.1.0': (state) => ({ since: state.since }),
    },
    calls: { get: (state, key: string) => state.cities.get(key)?.name },
  })
})
