import { pointOf } from './globe.ts'
import type { Place, Point } from './globe.ts'
import type { IndexedCity } from './indexed-city.ts'
import { Nearest } from './nearest.ts'
import type { Neighbour } from './nearest.ts'

/** Cells in a radius of the globe: some 100 km each. A power of two, so that no rounding puts a point into a neighbour's. */
const CELLS = 64
/** More than there are cells in a row, with room for rings that reach beyond the globe. */
const ROW = 1024

interface Cell {
  /** Its number along each axis. */
  readonly at: Point
  readonly cities: IndexedCity[]
}

/**
 * Cities by the cell in which they lie, of a grid through the whole globe and not over its surface: poles and date line are cells
 * like all others. Few of the cells touch the surface, fewer have cities, and only those are kept.
 */
export class Grid {
  readonly #cells = new Map<number, Cell>()

  add(city: IndexedCity): void {
    const at = cellAt(city.point)
    const key = keyOf(...at)
    const cell = this.#cells.get(key)
    if (cell === undefined) this.#cells.set(key, { at, cities: [city] })
    else cell.cities.push(city)
  }

  remove(city: IndexedCity): void {
    const key = keyOf(...cellAt(city.point))
    const cities = this.#cells.get(key)?.cities ?? []
    const index = cities.indexOf(city)
    if (index >= 0) cities.splice(index, 1)
    if (cities.length === 0) this.#cells.delete(key)
  }

  /** Looks at cells in rings around the place, until the next ring lies as a whole beyond what has been found. */
  nearest(place: Place): Neighbour[] {
    const nearest = new Nearest(place)
    const centre = cellAt(pointOf(place))
    for (let ring = 0; nearest.reaches(distanceTo(ring)); ring++) {
      if ((2 * ring + 1) ** 3 > this.#cells.size) {
        this.#seeFrom(ring, centre, nearest)
        break
      }
      this.#seeRing(ring, centre, nearest)
    }
    return nearest.answer()
  }

  /** The cells that are `ring` cells away from the centre along one axis, and no further along the others. */
  #seeRing(ring: number, centre: Point, nearest: Nearest): void {
    const [x, y, z] = centre
    for (let dx = -ring; dx <= ring; dx++) {
      for (let dy = -ring; dy <= ring; dy++) {
        const step = Math.max(Math.abs(dx), Math.abs(dy)) === ring ? 1 : 2 * ring
        for (let dz = -ring; dz <= ring; dz += step) {
          see(this.#cells.get(keyOf(x + dx, y + dy, z + dz)), nearest)
        }
      }
    }
  }

  /** Every cell from this ring on that is not too far: where the ring would have more of them than there are. */
  #seeFrom(first: number, centre: Point, nearest: Nearest): void {
    for (const cell of this.#cells.values()) {
      const ring = ringOf(cell, centre)
      if (ring >= first && nearest.reaches(distanceTo(ring))) see(cell, nearest)
    }
  }
}

function see(cell: Cell | undefined, nearest: Nearest): void {
  if (cell === undefined) return
  for (const city of cell.cities) nearest.see(city, city.point)
}

function cellAt([x, y, z]: Point): Point {
  return [Math.floor(x * CELLS), Math.floor(y * CELLS), Math.floor(z * CELLS)]
}

function ringOf({ at: [x, y, z] }: Cell, centre: Point): number {
  return Math.max(Math.abs(x - centre[0]), Math.abs(y - centre[1]), Math.abs(z - centre[2]))
}

/** What lies in a ring is at least so far away. */
function distanceTo(ring: number): number {
  return Math.max(0, ring - 1) / CELLS
}

function keyOf(x: number, y: number, z: number): number {
  return (x * ROW + y) * ROW + z
}
