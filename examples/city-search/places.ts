import type { Cities } from './cities.ts'
import { pointOf } from './globe.ts'
import type { Place, Point } from './globe.ts'
import { Nearest } from './nearest.ts'
import type { Neighbour } from './nearest.ts'

/**
 * A k-d tree (Bentley, 1975) in a single column. The middle row of a range splits the range's others: those before it lie on its one
 * side along an axis, those after it on the other. The axis changes from level to level: x, y, z, x, …
 */
export type Places = Uint32Array

type Axis = 0 | 1 | 2

export function indexPlaces({ ids, points }: Cities): Places {
  const rows = ids.map((_id, row) => row)
  const split = (from: number, to: number, axis: Axis): void => {
    if (to - from < 2) return
    const middle = (from + to) >> 1
    select(rows, (row) => points[3 * row + axis]!, from, to, middle)
    split(from, middle, after(axis))
    split(middle + 1, to, after(axis))
  }
  split(0, rows.length, 0)
  return rows
}

/** Leaves out every side of a split that lies as a whole beyond what has been found. */
export function nearestByIndex(cities: Cities, rows: Places, place: Place): Neighbour[] {
  const nearest = new Nearest(cities, place)
  const point: Point = pointOf(place)
  const look = (from: number, to: number, axis: Axis): void => {
    if (from >= to) return
    const middle = (from + to) >> 1
    const row = rows[middle]!
    nearest.see(row)
    const offset = point[axis] - cities.points[3 * row + axis]!
    const isBefore = offset < 0
    if (isBefore) look(from, middle, after(axis))
    else look(middle + 1, to, after(axis))
    if (offset * offset > nearest.reach) return
    if (isBefore) look(middle + 1, to, after(axis))
    else look(from, middle, after(axis))
  }
  look(0, rows.length, 0)
  return nearest.answer()
}

/** Puts the row into `middle` that sorting the range would put there; no smaller ones come after it, no larger ones before (Hoare, 1961). */
function select(
  rows: Uint32Array,
  valueOf: (row: number) => number,
  from: number,
  to: number,
  middle: number,
): void {
  let [left, right] = [from, to - 1]
  while (left < right) {
    const pivot = valueOf(rows[(left + right) >> 1]!)
    let [up, down] = [left, right]
    while (up <= down) {
      while (valueOf(rows[up]!) < pivot) up++
      while (valueOf(rows[down]!) > pivot) down--
      if (up > down) break
      const row = rows[up]!
      rows[up++] = rows[down]!
      rows[down--] = row
    }
    if (middle <= down) right = down
    else if (middle >= up) left = up
    else return
  }
}

function after(axis: Axis): Axis {
  return axis === 2 ? 0 : ((axis + 1) as Axis)
}
