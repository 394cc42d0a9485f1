import { types } from 'node:util'
import { resolveShape } from '../../src/protocol/jobs/state-shape.ts'
import type { Shape, StateShape } from '../../src/protocol/jobs/state-shape.ts'
import { fits, isPlainObject } from './shape-fit.ts'
import { simplerLeaves, withoutParts } from './simpler-leaf.ts'
import { compareSimplicity } from './simplicity.ts'
import { placesOf, setField, withValueAt } from './state-place.ts'
import type { Place } from './state-place.ts'

/**
 * States that are simpler than a state in one place, the boldest first.
 * They keep to the shape where the state does. Each is made when it is asked for.
 */
export function* simplerStates(state: unknown, shape: StateShape): Generator {
  for (const place of placesOf(state, shape)) {
    const { value } = place
    const isRight = fits(value, place.shape, shape.named)
    for (const candidate of candidatesFor(place, shape.named)) {
      const isAllowed = !isRight || fits(candidate, place.shape, shape.named)
      if (isAllowed && compareSimplicity(candidate, value) < 0) {
        yield withValueAt(state, place, candidate)
      }
    }
  }
}

function* candidatesFor(place: Place, named: StateShape['named']): Generator {
  const { value, shape } = place
  yield* literalsOf(shape, named)
  yield* partsOf(place, named)
  if (Array.isArray(value)) yield* withoutParts(value)
  else if (types.isMap(value)) {
    for (const entries of withoutParts([...value])) yield new Map(entries)
  } else if (types.isSet(value)) {
    for (const members of withoutParts([...value])) yield new Set(members)
  } else if (isPlainObject(value)) {
    for (const entries of withoutParts(Object.entries(value))) yield objectOf(entries)
  } else yield* simplerLeaves(value)
}

/** Constants that would fit, too: null, the first of an enumeration. */
function* literalsOf(given: Shape, named: StateShape['named']): Generator {
  const shape = resolveShape(given, named)
  if (shape.kind === 'literal') yield shape.value
  if (shape.kind === 'union') {
    for (const option of shape.options)
      if (option.kind !== 'named') yield* literalsOf(option, named)
  }
  if (shape.kind === 'object' && shape.fields.length === 0) yield {}
  if (shape.kind === 'array') yield []
}

/** How many inner values are tried in place of a value. */
const MAX_PARTS = 100

/** Inner values that could replace a value: the branches of a tree are trees. */
function* partsOf({ value, shape }: Place, named: StateShape['named']): Generator {
  if (shape.kind !== 'named' && shape.kind !== 'union' && shape.kind !== 'any') return
  const [, ...parts] = placesOf(value, { root: shape, named })
  for (const part of parts.slice(0, MAX_PARTS)) yield part.value
}

function objectOf(entries: readonly (readonly [string, unknown])[]): object {
  const made = {}
  for (const [name, value] of entries) setField(made, name, value)
  return made
}
