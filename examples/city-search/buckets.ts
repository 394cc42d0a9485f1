/** Rows grouped by a small number: what every index of this example is. */
export interface Buckets {
  /** Where each bucket begins in `rows`; one more than there are buckets. */
  readonly starts: Uint32Array
  /** All rows, bucket after bucket, ascending within each. */
  readonly rows: Uint32Array
}

/** Puts rows 0 to `count` - 1 into `size` buckets by their keys (a counting sort). */
export function group(count: number, size: number, keyOf: (row: number) => number): Buckets {
  const keys = new Uint32Array(count)
  const starts = new Uint32Array(size + 1)
  for (let row = 0; row < count; row++) {
    const key = keyOf(row)
    keys[row] = key
    starts[key + 1]!++
  }
  for (let key = 0; key < size; key++) starts[key + 1]! += starts[key]!
  const next = starts.slice()
  const rows = new Uint32Array(count)
  for (let row = 0; row < count; row++) rows[next[keys[row]!]!++] = row
  return { starts, rows }
}

export function rowsIn({ starts, rows }: Buckets, key: number): Uint32Array {
  return rows.subarray(starts[key], starts[key + 1])
}
