import { isDeepStrictEqual } from 'node:util'
import { isPlainObject } from '../src/options/lendable.ts'
import { stepTo } from '../src/protocol/step-to.ts'

/** A place at which two values differ. */
export interface Difference {
  /** Such as `state.players[2].name`. */
  readonly path: string
  readonly was: unknown
  readonly is: unknown
}

/** Where two values differ: as deep as both are objects of one kind. */
export function differences(path: string, was: unknown, is: unknown): Difference[] {
  if (isDeepStrictEqual(was, is)) return []
  const parts = partsOf(was)
  const others = partsOf(is)
  if (parts === undefined || others === undefined || parts.kind !== others.kind)
    return [{ path, was, is }]
  const keys = new Set([...parts.fields.keys(), ...others.fields.keys()])
  const found = [...keys].flatMap((key) => {
    const place = `${path}${parts.name(key)}`
    if (parts.fields.has(key) && others.fields.has(key))
      return differences(place, parts.fields.get(key), others.fields.get(key))
    return [{ path: place, was: parts.fields.get(key), is: others.fields.get(key) }]
  })
  // They differ in what is no field: their order, a prototype.
  return found.length === 0 ? [{ path, was, is }] : found
}

interface Parts {
  readonly kind: string
  readonly fields: ReadonlyMap<unknown, unknown>
  readonly name: (key: unknown) => string
}

function partsOf(value: unknown): Parts | undefined {
  if (Array.isArray(value))
    return { kind: 'list', fields: new Map(value.entries()), name: (key) => `[${String(key)}]` }
  if (value instanceof Map)
    return { kind: 'map', fields: value, name: (key) => `.get(${JSON.stringify(key)})` }
  if (!isPlainObject(value)) return undefined
  return {
    kind: 'object',
    fields: new Map(Object.entries(value)),
    name: (key) => stepTo(String(key)),
  }
}
