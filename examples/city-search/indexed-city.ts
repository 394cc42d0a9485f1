import type { City } from './city.ts'
import type { Point } from './globe.ts'

/** A city with what it is found by. None of it ever changes, so a city is known by its object. */
export interface IndexedCity extends City {
  /** The name as searches compare it. */
  readonly folded: string
  readonly point: Point
}
