import { types } from 'node:util'
import type { Destination } from './destination.ts'
import { fieldFault, hasOnly, isDetached, namesOf, readField } from './field-fault.ts'
import { kindOf } from './object-kind.ts'
import type { ObjectKind } from './object-kind.ts'
import type { Prototypes } from './prototypes.ts'

/** Says that a clone of a value would not be the same. */
export const INEXACT = Symbol('inexact')

/** Up to this many objects, and this deep, no list is kept of those that were seen: most values are trees. */
const MAX_LOOKS = 50_000
const MAX_DEPTH = 500
/** In longer arrays of primitives fields beside the elements are not looked for: it takes longer than all else. */
const FEW_ITEMS = 100
/** An array with more holes is taken to be sparse. */
const MANY_HOLES = 10_000

/** Thrown where something would be altered. */
const ALTERED = new Error('a clone would not be the same')
/** Thrown to begin again, with a list of what was seen. */
const AGAIN = new Error('again, with a list')

type Fields = Readonly<Record<string, unknown>>

/** What has to go beside the clone of a value, and what has to be encoded before there can be one. */
export interface Found extends Prototypes {
  /** Values of codecs, with the names of those. Absent where there are none. */
  readonly coded?: ReadonlyMap<object, string>
}

/** An object that is looked into when all above it has been. */
interface Later {
  readonly object: object
  readonly depth: number
  readonly open: ReadonlySet<object> | undefined
}

/**
 * Looks whether a structured clone of a value will be the same value.
 *
 * @returns {@link INEXACT} where not, else what has to go beside the clone, which is mostly nothing.
 * @throws CodecFault where a codec cannot say whether a value is its own
 */
export function examine(
  value: unknown,
  destination: Destination,
): Found | undefined | typeof INEXACT {
  try {
    return examined(value, destination)
  } catch (signal) {
    if (signal === ALTERED) return INEXACT
    throw signal
  }
}

function examined(value: unknown, destination: Destination): Found | undefined {
  try {
    return new Examination(destination, undefined).of(value)
  } catch (signal) {
    if (signal !== AGAIN) throw signal
    return new Examination(destination, new Set()).of(value)
  }
}

class Examination {
  readonly #destination: Destination
  readonly #seen: Set<object> | undefined
  readonly #isPolluted = hasFields({})
  readonly #later: Later[] = []
  /**
   * Errors whose cause is looked into. V8 makes an error when it has read its cause, so what in there leads back to it
   * cannot be read.
   */
  #open: Set<object> | undefined
  #left = MAX_LOOKS
  #buffers: Uint8Array[] | undefined
  #bare: object[] | undefined
  #instances: Map<string, object[]> | undefined
  #coded: Map<object, string> | undefined

  constructor(destination: Destination, seen: Set<object> | undefined) {
    this.#destination = destination
    this.#seen = seen
  }

  of(value: unknown): Found | undefined {
    this.#look(value, 1)
    // It grows while it is gone through.
    for (const { object, depth, open } of this.#later) {
      this.#open = open && new Set(open)
      this.#lookInto(object, depth + 1)
    }
    if (this.#instances !== undefined || this.#coded !== undefined) return this.#withDeclared()
    if (this.#buffers === undefined && this.#bare === undefined) return undefined
    return { buffers: this.#buffers ?? [], bare: this.#bare ?? [] }
  }

  #withDeclared(): Found {
    const instances = Array.from(this.#instances ?? [], ([name, objects]) => ({ name, objects }))
    return {
      buffers: this.#buffers ?? [],
      bare: this.#bare ?? [],
      ...(instances.length > 0 && { instances }),
      ...(this.#coded !== undefined && { coded: this.#coded }),
    }
  }

  #look(value: unknown, depth: number): void {
    if (typeof value === 'object') {
      if (value !== null && this.#isNew(value, depth)) this.#lookInto(value, depth + 1)
    } else if (typeof value === 'function' || typeof value === 'symbol') throw ALTERED
  }

  #isNew(value: object, depth: number): boolean {
    if (this.#seen === undefined) {
      if (depth > MAX_DEPTH || --this.#left < 0) throw AGAIN
      return true
    }
    if (this.#seen.has(value)) {
      if (this.#open?.has(value) === true) throw ALTERED
      return false
    }
    if (depth > this.#destination.maxDepth) throw ALTERED
    this.#seen.add(value)
    if (depth % MAX_DEPTH > 0) return true
    // Long lists are looked at in stretches: the stack would end before they do.
    this.#later.push({ object: value, depth, open: this.#open && new Set(this.#open) })
    return false
  }

  #lookInto(value: object, depth: number): void {
    const kind = kindOf(value)
    switch (kind) {
      case 'record':
        return this.#lookIntoFields(value as Fields, kind, depth)
      case 'list':
        return this.#lookIntoItems(value as unknown[], depth)
      case 'bare':
        ;(this.#bare ??= []).push(value)
        return this.#lookIntoFields(value as Fields, kind, depth)
      case 'map':
      case 'set':
        return this.#lookIntoEntries(value as Map<unknown, unknown>, depth)
      case 'other':
        return this.#lookIntoOther(value, depth)
      default:
        return this.#lookAtLeaf(value, kind, depth)
    }
  }

  /** Of the definition first what is declared, for that says what it means. */
  #lookIntoOther(value: object, depth: number): void {
    const { declared, takes } = this.#destination
    const name = declared?.classOf(value)
    if (name !== undefined) {
      this.#instances ??= new Map()
      const known = this.#instances.get(name)
      if (known === undefined) this.#instances.set(name, [value])
      else known.push(value)
      return this.#lookIntoFields(value as Fields, 'record', depth, true)
    }
    const codec = declared?.codecOf(value)
    if (codec !== undefined) (this.#coded ??= new Map()).set(value, codec)
    else if (!takes(value)) throw ALTERED
  }

  #lookIntoFields(
    value: Fields,
    kind: ObjectKind,
    depth: number,
    mayInherit = this.#isPolluted,
  ): void {
    let count = 0
    for (const key in value) {
      if (mayInherit && !Object.hasOwn(value, key)) continue
      count++
      this.#look(readField(value, key), depth)
    }
    if (!hasOnly(value, count) && fieldFault(value, kind) !== undefined) throw ALTERED
  }

  #lookIntoItems(list: readonly unknown[], depth: number): void {
    let count = 0
    let holdsObjects = false
    for (let at = 0; at < list.length; at++) {
      const item = list[at]
      if (item === undefined && !Object.hasOwn(list, at)) {
        if (at - count === MANY_HOLES) return this.#lookIntoSparse(list, depth)
        continue
      }
      count++
      if (typeof item === 'object') holdsObjects = true
      this.#look(item, depth)
    }
    if (Object.getOwnPropertySymbols(list).length > 0) throw ALTERED
    if (!holdsObjects && list.length > FEW_ITEMS) return
    if (Object.keys(list).length > count) this.#lookAtNames(list, depth)
  }

  #lookIntoSparse(list: readonly unknown[], depth: number): void {
    if (fieldFault(list, 'list') !== undefined) throw ALTERED
    for (const key of Object.keys(list)) this.#look((list as unknown as Fields)[key], depth)
  }

  #lookAtNames(list: readonly unknown[], depth: number): void {
    if (fieldFault(list, 'list') !== undefined) throw ALTERED
    for (const name of namesOf(list)) this.#look((list as unknown as Fields)[name], depth)
  }

  #lookIntoEntries(entries: Map<unknown, unknown> | Set<unknown>, depth: number): void {
    const look = (value: unknown, key: unknown): void => {
      this.#look(key, depth)
      if (value !== key) this.#look(value, depth)
    }
    if (types.isMap(entries)) Map.prototype.forEach.call(entries, look)
    else Set.prototype.forEach.call(entries, look)
    if (!hasOnly(entries, 0)) throw ALTERED
  }

  #lookAtLeaf(value: object, kind: ObjectKind, depth: number): void {
    if (kind === 'date' ? !hasOnly(value, 0) : fieldFault(value, kind) !== undefined) throw ALTERED
    if (kind === 'error') this.#lookIntoCause(value as Error, depth)
    else if (isDetached(value)) throw ALTERED
    if (kind === 'buffer') (this.#buffers ??= []).push(value as Uint8Array)
  }

  #lookIntoCause(error: Error, depth: number): void {
    const { cause } = error
    if (typeof cause !== 'object') return this.#look(cause, depth)
    this.#open ??= new Set()
    this.#open.add(error)
    this.#look(cause, depth)
    this.#open.delete(error)
  }
}

function hasFields(value: object): boolean {
  for (const key in value) return true
  return false
}
