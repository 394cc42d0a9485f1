import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { serialise } from '../../../../src/protocol/bytes/clone-bytes.ts'
import { cloneError } from '../../../../src/protocol/bytes/clone-error.ts'
import { TABLE, isTable } from '../../../../src/protocol/definition/table-mark.ts'
import { Table, table } from '../../../../src/protocol/definition/table.ts'

test('a table is read and changed as a Map is', () => {
  const cities = table<string, { people: number }>([['rome', { people: 3 }]])
  expect(cities.set('milan', { people: 1 })).toBe(cities)
  expect(cities.update('rome', (city) => ({ people: (city?.people ?? 0) + 1 }))).toEqual({
    people: 4,
  })
  cities.update('pisa', (city) => city ?? { people: 0 })
  expect(cities.size).toBe(3)
  expect([...cities.keys()]).toEqual(['rome', 'milan', 'pisa'])
  expect([...cities.values()]).toEqual([{ people: 4 }, { people: 1 }, { people: 0 }])
  expect([...cities]).toEqual([...cities.entries()])
  const seen: unknown[] = []
  cities.forEach((city, key, owner) => seen.push([key, city.people, owner === cities]))
  expect(seen[1]).toEqual(['milan', 1, true])
  expect([cities.delete('rome'), cities.delete('rome')]).toEqual([true, false])
  expect([cities.has('rome'), cities.get('rome')]).toEqual([false, undefined])
  cities.clear()
  expect(cities.size).toBe(0)
  expect(inspect(table([[1, 2]]))).toContain('1 => 2')
})

test.each([1, -0, NaN, 1n, true, 'x'])('%s is a key', (key) => {
  expect(table([[key, 'value']]).get(key)).toBe('value')
})

test.each([{}, null, undefined, Symbol('x'), () => 1])('%s is no key', (key) => {
  const loose = table() as unknown as Table<string, number>
  expect(() => loose.set(key as never, 1)).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', path: 'key' }),
  )
  expect(loose.size).toBe(0)
})

test('with freeze a change that the table cannot see throws', () => {
  const value = { list: [1], map: new Map([['a', { n: 1 }]]), bytes: new Uint8Array(2) }
  const frozen = table([['a', value]], { freeze: true })
  expect(() => value.list.push(2)).toThrow(TypeError)
  expect(() => {
    value.map.get('a')!.n = 2
  }).toThrow(TypeError)
  frozen.set('a', { ...value, list: [3] })
  expect(frozen.get('a')?.list).toEqual([3])
})

test('a subclass hears of every change, once it is made', () => {
  const heard: unknown[] = []
  class Heard extends Table<string, number> {
    protected override changed(key: string, value?: number, previous?: number): void {
      heard.push([key, value, previous])
    }
  }
  const own = new Heard()
  own.set('a', 1).set('a', 2).set('b', 3)
  own.delete('a')
  own.delete('a')
  own.clear()
  expect(heard).toEqual([
    ['a', 1, undefined],
    ['a', 2, 1],
    ['b', 3, undefined],
    ['a', undefined, 2],
    ['b', undefined, 3],
  ])
  expect([own instanceof Heard, own instanceof Table]).toEqual([true, true])
  expect([table() instanceof Heard, table() instanceof Table]).toEqual([false, true])
})

test('no serialiser takes a table for data, wherever it is', () => {
  const place = { deep: [{ inside: table([[1, 2]]) }] }
  expect(() => structuredClone(place)).toThrow()
  expect(() => serialise(place)).toThrow()
  expect(cloneError('UNCLONEABLE_REPLY', place, 'reply', undefined)).toMatchObject({
    path: 'reply.deep[0].inside',
    received: 'a table',
    message: expect.stringContaining('has to be a field of the state itself') as unknown,
  })
})

test('a table is told from a look-alike by its mark', () => {
  expect([table(), new Map(), null, {}].map(isTable)).toEqual([true, false, false, false])
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  expect(isTable(proxy)).toBe(false)
  expect(table([], { freeze: true })[TABLE]().freeze).toBe(true)
})

const cities = table([['rome', 1]])
const calls: readonly (readonly [string, number, (...given: unknown[]) => unknown])[] = [
  ['table', 2, table as never],
  ['new Table', 1, (...given) => new Table(...(given as []))],
  ...(['get', 'has', 'set', 'update', 'delete', 'clear', 'forEach'] as const).map((name) => {
    const method = cities[name].bind(cities) as (...given: unknown[]) => unknown
    const takes = { get: 1, has: 1, set: 2, update: 2, delete: 1, clear: 0, forEach: 1 }[name]
    return [`table.${name}`, takes, method] as const
  }),
]

test.each(calls)('%s with more than %d arguments is refused, and changes nothing', (...row) => {
  const [name, takes, call] = row
  const given = Array.from({ length: takes + 1 }, () => undefined)
  expect(() => call(...given)).toThrow(
    expect.objectContaining({
      code: 'INVALID_OPTION',
      path: `arguments[${takes}]`,
      message: expect.stringContaining(`${name} takes `) as string,
    }) as Error,
  )
  expect([...cities]).toEqual([['rome', 1]])
})

test('what should be a function is told', () => {
  const loose = cities as unknown as Record<string, (...given: unknown[]) => unknown>
  const refused = (path: string): Error =>
    expect.objectContaining({ code: 'INVALID_OPTION', path, expected: 'a function' }) as Error
  expect(() => loose['update']!('rome')).toThrow(refused('change'))
  expect(() => loose['forEach']!()).toThrow(refused('visit'))
})
