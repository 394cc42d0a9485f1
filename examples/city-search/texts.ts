/** Many short texts as one long one: a hundred thousand strings would each be copied on their own in a hand-over. */
export interface Texts {
  /** Each text, followed by a line feed. */
  readonly all: string
  /** Where each begins in `all`; one more than there are texts. */
  readonly starts: Uint32Array
}

export function joinTexts(texts: readonly string[]): Texts {
  const starts = new Uint32Array(texts.length + 1)
  let end = 0
  texts.forEach((text, row) => {
    end += text.length + 1
    starts[row + 1] = end
  })
  return { all: `${texts.join('\n')}\n`, starts }
}

export function textAt({ all, starts }: Texts, row: number): string {
  return all.slice(starts[row], starts[row + 1]! - 1)
}

/** Whether a text begins with `prefix`, which must not hold a line feed. */
export function hasPrefix({ all, starts }: Texts, row: number, prefix: string): boolean {
  return all.startsWith(prefix, starts[row])
}

/** What is compared in a search: without accents, case and line feeds, so that `zurich` finds Zürich. */
export function fold(text: string): string {
  const plain = text.normalize('NFD').replace(/\p{M}/gu, '')
  return plain.toLowerCase().replace(/\s+/g, ' ').trim()
}
