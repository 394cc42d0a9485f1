/** The one of `names` of which `name` is likely a misspelling: a letter or two apart, and less than half of it. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const wanted = name.toLowerCase()
  const [nearest] = names
    // A thread may send any text for a name: to compare a long one letter by letter would hold up main.
    .filter((each) => Math.abs(each.length - name.length) <= 2)
    .map((each) => ({ each, apart: distance(wanted, each.toLowerCase()) }))
    .filter(({ apart }) => apart <= 2 && apart < name.length / 2)
    .sort((a, b) => a.apart - b.apart)
  return nearest?.each
}

/** A hint for an error about a name that is not among `names`: the one likely meant. Empty where none is near. */
export function hintOf(name: string, names: readonly string[]): string {
  const nearest = nearestName(name, names)
  return nearest === undefined ? '' : ` (did you mean '${nearest}'?)`
}

/** How many letters have to be added, removed or exchanged (Levenshtein). */
function distance(a: string, b: string): number {
  // Distances from the letters of `a` so far to each beginning of `b`.
  let above = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const letter of a) {
    const row = [(above[0] ?? 0) + 1]
    for (const [index, other] of Array.from(b).entries()) {
      const [diagonal = 0, up = 0] = above.slice(index, index + 2)
      row.push(Math.min(diagonal + (letter === other ? 0 : 1), up + 1, (row[index] ?? 0) + 1))
    }
    above = row
  }
  return above[b.length] ?? 0
}
