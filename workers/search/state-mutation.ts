import type { Random } from 'fast-check'
import { types } from 'node:util'
import type { StateShape } from '../../src/protocol/jobs/state-shape.ts'
import { oddBigInts, oddNumbers, oddStrings, oddTimes } from './leaf-generator.ts'
import { fits, isBinary, isPlainObject } from './shape-fit.ts'
import type { ShapeGenerator } from './shape-generator.ts'
import { placesOf, setField, withValueAt } from './state-place.ts'
import type { Place } from './state-place.ts'

/** The most changes to one sample. */
const MAX_CHANGES = 3
/** The attempts at a change before a place is left as it is. */
const ATTEMPTS = 8

/** Changes samples a little. A sample that has the shape keeps it. */
export class StateMutation {
  readonly #shape: StateShape
  readonly #generator: ShapeGenerator | undefined

  /** With a generator, values of the shape are generated too; without, a value changes within its kind. */
  constructor(shape: StateShape, generator: ShapeGenerator | undefined) {
    this.#shape = shape
    this.#generator = generator
  }

  mutate(sample: unknown, random: Random): unknown {
    let state = sample
    for (let left = random.nextInt(1, MAX_CHANGES); left > 0; left--) {
      state = this.#change(state, random)
    }
    return state
  }

  #change(state: unknown, random: Random): unknown {
    const places = placesOf(state, this.#shape)
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const place = places[random.nextInt(0, places.length - 1)] as Place
      const value = this.#changed(place, random)
      if (!Object.is(value, place.value) && this.#isAllowed(place, value)) {
        return withValueAt(state, place, value)
      }
    }
    return state
  }

  #isAllowed({ value: before, shape }: Place, value: unknown): boolean {
    const { named } = this.#shape
    return fits(value, shape, named) || !fits(before, shape, named)
  }

  #changed({ value, shape, path }: Place, random: Random): unknown {
    const generator = this.#generator
    const isRemade = path.length > 0 && generator?.canMake(shape) && random.nextInt(0, 3) === 0
    if (isRemade && shape.kind !== 'any') return generator?.make(shape, random, path.length)
    if (random.nextInt(0, 15) === 0) return pick([null, undefined], random)
    if (Array.isArray(value)) return changedList(value, random)
    if (types.isMap(value)) return new Map(changedList([...value], random))
    if (types.isSet(value)) return new Set(changedList([...value], random))
    if (isPlainObject(value)) return withoutField(value, random)
    return changedLeaf(value, random)
  }
}

/** Without an element, with one twice, or in another order. */
function changedList<Item>(list: readonly Item[], random: Random): Item[] {
  if (list.length === 0) return []
  const at = random.nextInt(0, list.length - 1)
  switch (random.nextInt(0, 4)) {
    case 0:
      return []
    case 1:
      return list.slice(0, 1)
    case 2:
      return list.toSpliced(at, 1)
    case 3:
      return list.toSpliced(random.nextInt(0, list.length), 0, list[at] as Item)
    default:
      return [...list.slice(at), ...list.slice(0, at)].reverse()
  }
}

function withoutField(value: Record<string, unknown>, random: Random): object {
  const entries = Object.entries(value)
  if (entries.length === 0) return value
  const made = {}
  for (const [name, item] of entries.toSpliced(random.nextInt(0, entries.length - 1), 1)) {
    setField(made, name, item)
  }
  return made
}

function changedLeaf(value: unknown, random: Random): unknown {
  if (typeof value === 'number') return pick([-value, value + 1, value / 3, ...oddNumbers], random)
  if (typeof value === 'bigint') return pick([-value, value + 1n, ...oddBigInts], random)
  if (typeof value === 'boolean') return !value
  if (typeof value === 'string') return changedText(value, random)
  if (types.isDate(value)) {
    return new Date(pick([value.getTime() + 1, -value.getTime(), ...oddTimes], random))
  }
  if (ArrayBuffer.isView(value) && isBinary(value) && !(value instanceof DataView)) {
    return (value as Uint8Array).slice(1)
  }
  return value
}

function changedText(text: string, random: Random): string {
  const half = text.slice(0, Math.floor(text.length / 2))
  const variants = [text + text, half, text.toUpperCase(), ` ${text}`, `${text}\u0301`]
  return pick([...variants, ...oddStrings], random)
}

function pick<Item>(items: readonly Item[], random: Random): Item {
  return items[random.nextInt(0, items.length - 1)] as Item
}
