import { types } from 'node:util'
import { ATTACHMENT_BYTES } from './payload-writer.ts'
import { isResizable, partsOf } from './views.ts'
import type { View } from './views.ts'

/**
 * The most values searched: a fraction of a millisecond's work. Large buffers lie near the root of a state, or are few.
 */
const MAX_LOOKS = 2_000
/** A smaller sum is not worth preallocated buffers. */
const LEAST_BYTES = 1024 * 1024

/**
 * The sizes of large buffers in `value`, as far as a short search finds them. A wrong answer costs time only.
 * Getters are not called, and proxies are skipped.
 */
export function largeBuffersIn(value: unknown): number[] {
  const found = new Set<ArrayBufferLike>()
  const seen = new Set<unknown>([value])
  let looks = 0
  for (const each of seen) {
    if (++looks > MAX_LOOKS) break
    if (ArrayBuffer.isView(each)) keepLarge(partsOf(each as View).buffer, found)
    else for (const child of childrenOf(each, MAX_LOOKS - looks)) seen.add(child)
  }
  return sizesOf(found)
}

/** The same where all objects in a value have been found already. */
export function largeBuffersAmong(objects: Iterable<unknown>): number[] {
  const found = new Set<ArrayBufferLike>()
  for (const each of objects) {
    if (ArrayBuffer.isView(each)) keepLarge(partsOf(each as View).buffer, found)
  }
  return sizesOf(found)
}

function sizesOf(found: ReadonlySet<ArrayBufferLike>): number[] {
  const sizes = [...found].map(({ byteLength }) => byteLength)
  return sizes.reduce((sum, bytes) => sum + bytes, 0) < LEAST_BYTES ? [] : sizes
}

function keepLarge(buffer: ArrayBufferLike, found: Set<ArrayBufferLike>): void {
  const isCopied = !types.isSharedArrayBuffer(buffer) && !isResizable(buffer)
  if (isCopied && buffer.byteLength >= ATTACHMENT_BYTES) found.add(buffer)
}

/** What an object holds; of long lists only the beginning. */
function* childrenOf(value: unknown, most: number): Generator {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return
  let left = most
  if (types.isMap(value) || types.isSet(value)) {
    for (const item of value.values()) {
      if (left-- <= 0) return
      if (isObject(item)) yield item
    }
    return
  }
  for (const key in value) {
    if (left-- <= 0) return
    const child = Object.getOwnPropertyDescriptor(value, key)?.value as unknown
    if (isObject(child)) yield child
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
