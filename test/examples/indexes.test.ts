import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ANSWER_LENGTH, byRank } from '../../examples/city-search/city.ts'
import { fold } from '../../examples/city-search/fold.ts'
import { pointOf } from '../../examples/city-search/globe.ts'
import type { Place } from '../../examples/city-search/globe.ts'
import { IndexedCities } from '../../examples/city-search/indexed-cities.ts'
import type { IndexedCity } from '../../examples/city-search/indexed-city.ts'
import { Nearest } from '../../examples/city-search/nearest.ts'
import type { Neighbour } from '../../examples/city-search/nearest.ts'

/** Few different values, poles and date line among them, so that cities and places often meet. */
const latitude = fc.constantFrom(-90, -89.99, -12.5, 0, 0.00001, 47.37, 90)
const longitude = fc.constantFrom(-180, -179.99999, -0.1, 0, 8.55, 179.99999, 180)
const place: fc.Arbitrary<Place> = fc.record({ lat: latitude, lon: longitude })
const name = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'ä', 'B', ' ', '’', '東', '🌆', '\n'), maxLength: 6 }),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
)

/** Few ids, so that cities are set again and removed. */
const id = fc.nat(40)
const city: fc.Arbitrary<IndexedCity> = fc
  .tuple(id, name, fc.nat(3), latitude, longitude)
  .map(([cityId, text, population, lat, lon]) => ({
    ...{ id: cityId, name: text, country: 'XX', population, lat, lon },
    folded: fold(text),
    point: pointOf({ lat, lon }),
  }))

/** Few letters, so that much begins with them. */
const query = fc.string({ unit: fc.constantFrom('a', 'B', 'Ä', '東'), minLength: 1, maxLength: 4 })

/** What happens to a table: a city is set, or set again; one is removed; one is viewed. */
type Step = { readonly set: IndexedCity } | { readonly remove: number } | { readonly view: number }
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ set: city }) },
    fc.record({ remove: id }),
    fc.record({ view: id }),
  ),
  { maxLength: 120, size: 'max' },
)

function indexed(all: readonly Step[]): IndexedCities {
  const cities = new IndexedCities()
  for (const step of all) {
    if ('set' in step) cities.set(step.set.id, { city: step.set, views: 0 })
    else if ('remove' in step) cities.delete(step.remove)
    else {
      const viewed = cities.get(step.view)
      if (viewed !== undefined) cities.set(step.view, { ...viewed, views: viewed.views + 1 })
    }
  }
  return cities
}

function all(cities: IndexedCities): IndexedCity[] {
  return Array.from(cities.values(), (record) => record.city)
}

/** The nearest by looking at all, as 1.0.0 does. */
function nearestOf(cities: readonly IndexedCity[], at: Place): Neighbour[] {
  const nearest = new Nearest(at)
  for (const each of cities) if (nearest.reachesLatitude(each.lat)) nearest.see(each, each.point)
  return nearest.answer()
}

test('the nearest by the grid are the nearest by looking at all, order included', () => {
  fc.assert(
    fc.property(steps, place, (some, at) => {
      const cities = indexed(some)
      expect(cities.nearest(at)).toEqual(nearestOf(all(cities), at))
    }),
  )
})

test('of a latitude that cannot be reached no city is the nearest', () => {
  fc.assert(
    fc.property(fc.array(city), place, (some, at) => {
      const nearest = new Nearest(at)
      for (const each of some) nearest.see(each, each.point)
      expect(nearestOf(some, at)).toEqual(nearest.answer())
    }),
  )
})

test('what begins with a prefix by the index begins with it by looking at all', () => {
  fc.assert(
    fc.property(steps, fc.oneof(name, query), (some, text) => {
      const cities = indexed(some)
      const prefix = fold(text)
      fc.pre(prefix !== '')
      const found = all(cities).filter(({ folded }) => folded.startsWith(prefix))
      expect(cities.search(prefix, ANSWER_LENGTH)).toEqual(
        found.sort(byRank).slice(0, ANSWER_LENGTH),
      )
    }),
  )
})

test('many cities far away and close by are found ring by ring', () => {
  const cities = new IndexedCities()
  for (let number = 0; number < 20_000; number++) {
    const [lat, lon] = [((number * 7919) % 17_000) / 100 - 85, ((number * 104_729) % 36_000) / 100]
    const made = { id: number, name: '', country: 'XX', population: 0, lat, lon: lon - 180 }
    cities.set(number, { city: { ...made, folded: '', point: pointOf(made) }, views: 0 })
  }
  for (const at of [
    { lat: 90, lon: 0 },
    { lat: -90, lon: 77 },
    { lat: 0, lon: 180 },
    { lat: 12.3, lon: -179.9 },
    { lat: 47.4, lon: 8.5 },
  ]) {
    expect(cities.nearest(at)).toEqual(nearestOf(all(cities), at))
  }
})
