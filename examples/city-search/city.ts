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

/** How many cities an answer holds at most. */
export const ANSWER_LENGTH = 10

/** The order of every search's answer: the largest first. Never 0 for two cities. */
export function byRank(one: City, other: City): number {
  return other.population - one.population || one.id - other.id
}

/** A city as it is answered, without what a version keeps to find it. */
export function cityOf({ id, name, country, population, lat, lon }: City): City {
  return { id, name, country, population, lat, lon }
}
