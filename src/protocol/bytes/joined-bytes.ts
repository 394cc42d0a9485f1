import type { CloneBytes } from './clone-bytes.ts'

/** Many short byte arrays, one behind the other: to post a buffer each would cost more than the bytes. */
export interface JoinedBytes {
  readonly bytes: CloneBytes
  /** How long each is; -1 for one that is missing. */
  readonly lengths: readonly number[]
}

/** Undefined stands for one that is missing. */
export function join(parts: readonly (CloneBytes | undefined)[]): JoinedBytes {
  const [first] = parts
  // One alone may be large: it is not copied.
  if (parts.length === 1 && first !== undefined) return { bytes: first, lengths: [first.length] }
  const lengths = parts.map((part) => part?.length ?? -1)
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + Math.max(0, length), 0))
  let at = 0
  for (const part of parts) {
    if (part === undefined) continue
    bytes.set(part, at)
    at += part.length
  }
  return { bytes, lengths }
}

/** Each of them, where none is missing, in memory that they share. */
export function part({ bytes, lengths }: JoinedBytes): CloneBytes[] {
  let end = 0
  return lengths.map((length) => {
    end += length
    return bytes.subarray(end - length, end)
  })
}

/** Without those that are missing. */
export function present(joined: JoinedBytes): JoinedBytes {
  const { bytes, lengths } = joined
  if (!lengths.includes(-1)) return joined
  return { bytes, lengths: lengths.filter((length) => length >= 0) }
}
