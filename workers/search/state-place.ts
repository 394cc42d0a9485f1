import { types } from 'node:util'
import { resolveShape } from '../../src/protocol/jobs/state-shape.ts'
import type { Shape, StateShape } from '../../src/protocol/jobs/state-shape.ts'
import { fits, isPlainObject } from './shape-fit.ts'

/** One value within a state, with its path and its shape. */
export interface Place {
  readonly path: readonly Step[]
  readonly value: unknown
  readonly shape: Shape
}

/** From a value to one that it holds. */
interface Step {
  readonly into: 'index' | 'field' | 'map-key' | 'map-value' | 'member'
  readonly at: number | string
}

/** The most places. In a larger state, deeper values stay until the state has become smaller. */
const MAX_PLACES = 20_000

const any = { kind: 'any' } as const

/** The values within a state, itself first, breadth first; a shared value once. */
export function placesOf(state: unknown, { root, named }: StateShape): Place[] {
  const places: Place[] = [{ path: [], value: state, shape: root }]
  const seen = new Set<unknown>()
  for (let next = 0; next < places.length && places.length < MAX_PLACES; next++) {
    const place = places[next] as Place
    const { value } = place
    if (typeof value !== 'object' || value === null || seen.has(value)) continue
    seen.add(value)
    for (const [step, child, shape] of childrenOf(value, optionFor(place, named))) {
      places.push({ path: [...place.path, step], value: child, shape })
    }
  }
  return places
}

/** The option of a union that fits the value. */
function optionFor({ value, shape }: Place, named: StateShape['named']): Shape {
  const options = [...optionsOf(shape, named, new Set())]
  const [only] = options
  if (options.length === 1 && only !== undefined) return only
  return options.find((option) => fits(value, option, named)) ?? any
}

/** The options of a union and of unions within it; a union may even contain itself. */
function* optionsOf(given: Shape, named: StateShape['named'], seen: Set<Shape>): Generator<Shape> {
  const shape = resolveShape(given, named)
  if (shape.kind !== 'union') yield shape
  else if (!seen.has(shape)) {
    seen.add(shape)
    for (const option of shape.options) yield* optionsOf(option, named, seen)
  }
}

type Child = readonly [Step, unknown, Shape]

function childrenOf(value: object, shape: Shape): Child[] {
  if (Array.isArray(value)) {
    // Unlike `map`, it skips holes.
    return value.flatMap((item, at) => [[{ into: 'index', at }, item, elementAt(shape, at)]])
  }
  if (types.isMap(value)) return [...value].flatMap((entry, at) => entryAt(entry, at, shape))
  if (types.isSet(value)) {
    const element = shape.kind === 'set' ? shape.element : any
    return [...value].map((item, at) => [{ into: 'member', at }, item, element])
  }
  if (!isPlainObject(value)) return []
  return Object.entries(value).map(([at, item]) => [
    { into: 'field', at },
    item,
    fieldOf(shape, at),
  ])
}

function elementAt(shape: Shape, index: number): Shape {
  if (shape.kind === 'array') return shape.element
  return shape.kind === 'tuple' ? (shape.elements[index] ?? shape.rest ?? any) : any
}

function entryAt([key, item]: readonly [unknown, unknown], at: number, shape: Shape): Child[] {
  const { key: keyShape, value } = shape.kind === 'map' ? shape : { key: any, value: any }
  return [
    [{ into: 'map-key', at }, key, keyShape],
    [{ into: 'map-value', at }, item, value],
  ]
}

function fieldOf(shape: Shape, name: string): Shape {
  if (shape.kind !== 'object') return any
  return shape.fields.find((each) => each.name === name)?.shape ?? shape.rest?.value ?? any
}

/** A copy of a state with another value in one place. */
export function withValueAt(state: unknown, { path }: Place, value: unknown): unknown {
  const [last] = path.slice(-1)
  if (last === undefined) return value
  const copy: unknown = structuredClone(state)
  const holder = path.slice(0, -1).reduce(follow, copy)
  put(holder, last, value)
  return copy
}

function follow(holder: unknown, { into, at }: Step): unknown {
  if (types.isMap(holder)) return [...holder][at as number]?.[into === 'map-key' ? 0 : 1]
  if (types.isSet(holder)) return [...holder][at as number]
  return (holder as Record<string | number, unknown>)[at]
}

function put(holder: unknown, { into, at }: Step, value: unknown): void {
  if (types.isMap(holder)) {
    const entries = [...holder]
    const entry = entries[at as number]
    if (entry !== undefined) entry[into === 'map-key' ? 0 : 1] = value
    holder.clear()
    for (const [key, item] of entries) holder.set(key, item)
  } else if (types.isSet(holder)) {
    const members = [...holder]
    members[at as number] = value
    holder.clear()
    for (const member of members) holder.add(member)
  } else {
    setField(holder as object, at, value)
  }
}

/** Sets an own field, `__proto__` as well as any other. */
export function setField(holder: object, name: string | number, value: unknown): void {
  const flags = { enumerable: true, writable: true, configurable: true }
  Object.defineProperty(holder, name, { value, ...flags })
}
