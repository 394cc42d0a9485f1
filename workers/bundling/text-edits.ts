/** One piece of a text that is replaced. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly by: string
}

/** A text with replaced pieces, which do not overlap. It maps places back to the original. */
export class EditedText {
  readonly text: string
  readonly #edits: readonly Edit[]

  constructor(original: string, edits: readonly Edit[]) {
    this.#edits = edits.toSorted((a, b) => a.start - b.start)
    let at = 0
    const pieces = this.#edits.map(({ start, end, by }) => {
      const piece = original.slice(at, start) + by
      at = end
      return piece
    })
    this.text = pieces.join('') + original.slice(at)
  }

  /** The original place of a place outside the replaced pieces. */
  original(offset: number): number {
    let shift = 0
    for (const { start, end, by } of this.#edits) {
      if (offset < start + shift + by.length) break
      shift += by.length - (end - start)
    }
    return offset - shift
  }
}
