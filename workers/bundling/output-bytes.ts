import type { Edit } from './text-edits.ts'

/**
 * The output of the bundler, which is edited in places. It is looked at and cut in bytes, for the bundler counts in them,
 * and a copy of a large text takes many times as long as one of its bytes.
 */
export class OutputBytes {
  /** A character a byte. What is not ASCII has to be {@link decoded}. */
  readonly code: string
  readonly #bytes: Buffer
  readonly #edits: Edit[] = []

  constructor(contents: Uint8Array) {
    this.#bytes = Buffer.from(contents.buffer, contents.byteOffset, contents.byteLength)
    this.code = this.#bytes.toString('latin1')
  }

  /** Pieces do not overlap; at one place they stand in the order in which they are given. */
  edit(edit: Edit): void {
    this.#edits.push(edit)
  }

  /** Whether a place has been replaced. */
  get replaced(): (at: number) => boolean {
    const pieces = this.#edits
      .filter(({ start, end }) => end > start)
      .sort((one, other) => one.start - other.start)
    return (at) => {
      let low = 0
      let high = pieces.length
      while (low < high) {
        const middle = (low + high) >> 1
        if ((pieces[middle]?.end ?? 0) <= at) low = middle + 1
        else high = middle
      }
      return (pieces[low]?.start ?? Infinity) <= at
    }
  }

  /** The edited text. */
  text(): string {
    const pieces: Uint8Array[] = []
    let at = 0
    for (const { start, end, by } of this.#edits.sort((one, other) => one.start - other.start)) {
      pieces.push(this.#bytes.subarray(at, start), Buffer.from(by))
      at = end
    }
    pieces.push(this.#bytes.subarray(at))
    return decoder.decode(Buffer.concat(pieces))
  }
}

/** Some times as fast as a buffer's own method where a text is not all ASCII. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** A piece of the output as the text that it is. */
export function decoded(piece: string): string {
  return isAscii(piece) ? piece : Buffer.from(piece, 'latin1').toString()
}

/** Whether each character of a piece is one byte. */
export function isAscii(piece: string): boolean {
  // eslint-disable-next-line no-control-regex -- all that is not ASCII
  return !/[^\u0000-\u007f]/.test(piece)
}
