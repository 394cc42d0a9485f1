/** What is compared in a search: without accents, case and line feeds, so that `zurich` finds Zürich. */
export function fold(text: string): string {
  const plain = text.normalize('NFD').replace(/\p{M}/gu, '')
  return plain.toLowerCase().replace(/\s+/g, ' ').trim()
}
