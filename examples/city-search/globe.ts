/** A place on Earth, in degrees. */
export interface Place {
  readonly lat: number
  readonly lon: number
}

/** On the globe of radius 1, where neither poles nor the date line are special. */
export type Point = readonly [x: number, y: number, z: number]

const RADIANS = Math.PI / 180

export function pointOf({ lat, lon }: Place): Point {
  const ring = Math.cos(lat * RADIANS)
  const x = ring * Math.cos(lon * RADIANS)
  const y = ring * Math.sin(lon * RADIANS)
  return [x, y, Math.sin(lat * RADIANS)]
}

/** The angle (radians) between two points that are so far from each other straight through the globe. */
export function angleOf(squaredDistance: number): number {
  return 2 * Math.asin(Math.min(1, Math.sqrt(squaredDistance) / 2))
}

export function toDegrees(angle: number): number {
  return angle / RADIANS
}
