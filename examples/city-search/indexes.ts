import { group, rowsIn } from './buckets.ts'
import type { Buckets } from './buckets.ts'
import type { Cities } from './cities.ts'
import { indexPlaces } from './places.ts'
import type { Places } from './places.ts'
import { indexPrefixes } from './prefixes.ts'
import type { Prefixes } from './prefixes.ts'

/** The cities, and what finds them. None of it ever changes. */
export interface IndexedCities {
  readonly cities: Cities
  readonly prefixes: Prefixes
  readonly places: Places
  readonly ids: Buckets
}

const ID_BUCKETS = 2 ** 16

let latest: IndexedCities | undefined

/**
 * Indexes for these cities. They are built once: in the rehearsal of the upgrade, while the old version still serves. When the
 * process stands still and its state comes for good, its cities are only compared with those (some 2 ms instead of some 30).
 */
export function indexed(cities: Cities): IndexedCities {
  if (latest === undefined || !isSame(latest.cities, cities)) latest = build(cities)
  return latest
}

export function rowOf({ cities, ids }: IndexedCities, id: number): number | undefined {
  return rowsIn(ids, id % ID_BUCKETS).find((row) => cities.ids[row] === id)
}

function build(cities: Cities): IndexedCities {
  return {
    cities,
    prefixes: indexPrefixes(cities.folded),
    places: indexPlaces(cities),
    ids: group(cities.ids.length, ID_BUCKETS, (row) => cities.ids[row]! % ID_BUCKETS),
  }
}

function isSame(some: Cities, others: Cities): boolean {
  return columns(some).every((column, at) => isEqual(column, columns(others)[at]!))
}

type Column = string | Uint32Array | Int32Array | Float64Array

function columns(cities: Cities): Column[] {
  const { names, folded, countries, ids, populations, lats, lons, points } = cities
  const texts = [names.all, folded.all, countries]
  return [...texts, names.starts, folded.starts, ids, populations, lats, lons, points]
}

function isEqual(one: Column, other: Column): boolean {
  if (typeof one === 'string' || typeof other === 'string') return one === other
  return bytes(one).equals(bytes(other))
}

function bytes({ buffer, byteOffset, byteLength }: Exclude<Column, string>): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
