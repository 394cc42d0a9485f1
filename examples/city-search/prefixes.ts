import { group, rowsIn } from './buckets.ts'
import type { Buckets } from './buckets.ts'
import { hasPrefix } from './texts.ts'
import type { Texts } from './texts.ts'

/** Lengths of the beginnings by which names are grouped. A longer query looks into the longest's bucket. */
const LENGTHS = [1, 2, 3] as const
const SIZE = 2 ** 16

/** One index a length. */
export type Prefixes = readonly Buckets[]

export function indexPrefixes({ all, starts }: Texts): Prefixes {
  const count = starts.length - 1
  return LENGTHS.map((length) => group(count, SIZE, (row) => hash(all, starts[row]!, length)))
}

/** The first rows, at most `limit`, whose text begins with `prefix` (not empty). */
export function rowsByPrefix(
  texts: Texts,
  prefixes: Prefixes,
  prefix: string,
  limit: number,
): number[] {
  const length = Math.min(prefix.length, LENGTHS.length)
  const found: number[] = []
  // Different beginnings may share a bucket, so each row is still looked at.
  for (const row of rowsIn(prefixes[length - 1]!, hash(prefix, 0, length))) {
    if (hasPrefix(texts, row, prefix)) found.push(row)
    if (found.length === limit) break
  }
  return found
}

function hash(text: string, start: number, length: number): number {
  let key = 0
  for (let at = start; at < start + length; at++) key = (key * 31 + text.charCodeAt(at)) % SIZE
  return key || 0
}
