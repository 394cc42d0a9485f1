import { ANSWER_LENGTH, cityOf } from './city.ts'
import type { City } from './city.ts'
import { fold } from './fold.ts'
import { pointOf } from './globe.ts'
import type { Place } from './globe.ts'
import { Nearest } from './nearest.ts'
import type { Neighbour } from './nearest.ts'

/** A city as it is kept where every question is answered by looking at every city. */
export interface KnownCity extends City {
  /** The name as searches compare it. */
  readonly folded: string
}

/** Cities in the order of their ranks. */
interface RankedCities {
  values(): Iterable<KnownCity>
}

/** The largest cities whose name begins with `query`. */
export function searchEvery(cities: RankedCities, query: string): City[] {
  const prefix = fold(query)
  const found: City[] = []
  if (prefix === '') return found
  // They are in the order of their ranks: the first that are found are the answer.
  for (const city of cities.values()) {
    if (city.folded.startsWith(prefix)) found.push(cityOf(city))
    if (found.length === ANSWER_LENGTH) break
  }
  return found
}

/** The cities that are nearest to a place. */
export function nearestOfEvery(cities: RankedCities, place: Place): Neighbour[] {
  const nearest = new Nearest(place)
  for (const city of cities.values()) {
    if (nearest.reachesLatitude(city.lat)) nearest.see(city, pointOf(city))
  }
  return nearest.answer()
}
