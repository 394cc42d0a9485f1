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

/** Gives the objects their prototypes back. Lists that no examination has made are passed over: a thread may post any. */
export function restorePrototypes(prototypes: Prototypes | undefined): void {
  if (prototypes === undefined || !isPrototypes(prototypes)) return
  for (const buffer of prototypes.buffers) {
    if (types.isUint8Array(buffer)) Object.setPrototypeOf(buffer, ofBuffers)
  }
  for (const each of prototypes.bare) {
    if (isPlain(each)) Object.setPrototypeOf(each, null)
  }
}

function isPrototypes(value: unknown): boolean {
  const { buffers, bare } = (value ?? {}) as Partial<Record<keyof Prototypes, unknown>>
  return Array.isArray(buffers) && Array.isArray(bare)
}

function isPlain(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  )
}
