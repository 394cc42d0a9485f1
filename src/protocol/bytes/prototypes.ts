import { types } from 'node:util'

/**
 * Objects whose prototype structured clone forgets, as they are in one value. They are posted beside the value: a clone
 * keeps who is who, so the list holds the same objects on the other side, and nothing is searched there.
 */
export interface Prototypes {
  /** Buffers: they arrive as a Uint8Array. */
  readonly buffers: readonly Uint8Array[]
  /** Objects without a prototype: they arrive with the usual one. */
  readonly bare: readonly object[]
  /** Instances of declared classes: they arrive as plain objects. Absent where there are none. */
  readonly instances?: readonly Instances[]
  /** Values of codecs. Absent where there are none. */
  readonly encoded?: Encoded
}

/** Instances of one declared class. */
export interface Instances {
  /** The name by which it is declared. */
  readonly name: string
  readonly objects: readonly object[]
}

/** Values that codecs have written. In the value an empty object stands in the place of each. */
export interface Encoded {
  /** The names of their codecs, each with a place and data. */
  readonly codecs: readonly string[]
  readonly places: readonly object[]
  readonly data: readonly unknown[]
  /** The objects that hold places. */
  readonly holders: readonly object[]
}

const ofBuffers = Buffer.prototype as object

/** By value: only few values have such objects, so that a look-up is seldom. */
const kept = new WeakMap<object, Prototypes>()
let isAnyKept = false

/** Notes the objects of a value that is passed on. */
export function keepPrototypes(value: unknown, prototypes: Prototypes | undefined): void {
  if (prototypes === undefined || typeof value !== 'object' || value === null) return
  kept.set(value, prototypes)
  isAnyKept = true
}

/** What {@link keepPrototypes} noted. */
export function prototypesOf(value: unknown): Prototypes | undefined {
  if (!isAnyKept || typeof value !== 'object' || value === null) return undefined
  return kept.get(value)
}

/**
 * Gives the objects their prototypes back, but for those of declared classes. Lists that no examination has made are
 * passed over: a thread may post any.
 */
export function restorePrototypes(prototypes: Prototypes | undefined): void {
  if (prototypes === undefined || !isPrototypes(prototypes)) return
  for (const buffer of prototypes.buffers) {
    if (types.isUint8Array(buffer)) Object.setPrototypeOf(buffer, ofBuffers)
  }
  for (const each of prototypes.bare) {
    if (isPlain(each)) Object.setPrototypeOf(each, null)
  }
}

/** The prototypes of several values that are sent as one, but for what codecs have written. */
export function joined(all: readonly Prototypes[]): Required<Omit<Prototypes, 'encoded'>> {
  return {
    buffers: all.flatMap(({ buffers }) => buffers),
    bare: all.flatMap(({ bare }) => bare),
    instances: all.flatMap(({ instances }) => instances ?? []),
  }
}

/** Whether there is something in a value that only what is declared can read. */
export function needsDeclared({ instances, encoded }: Prototypes): boolean {
  return encoded !== undefined || (instances !== undefined && instances.length > 0)
}

/** The same for a value in `holder`, where the whole of it may be one that a codec has written. */
export function heldBy(holder: object, prototypes: Prototypes | undefined): Prototypes | undefined {
  if (prototypes?.encoded === undefined) return prototypes
  const { encoded } = prototypes
  return { ...prototypes, encoded: { ...encoded, holders: [...encoded.holders, holder] } }
}

function isPrototypes(value: unknown): boolean {
  const { buffers, bare } = (value ?? {}) as Partial<Record<keyof Prototypes, unknown>>
  return Array.isArray(buffers) && Array.isArray(bare)
}

/** Whether an object is one of fields, with the usual prototype. */
export function isPlain(value: unknown): value is object {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  )
}
