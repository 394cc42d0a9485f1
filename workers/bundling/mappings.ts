/** A name in the output that is another than in the source. */
export interface RenamedAt {
  /** From 0. */
  readonly line: number
  /** From 0. */
  readonly column: number
  /** Its name in the source. */
  readonly name: string
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const VALUES = new Uint8Array(128)
for (let at = 0; at < DIGITS.length; at++) VALUES[DIGITS.charCodeAt(at)] = at

/** The names that a source map has, in the order of the output. */
export function* renamedIn({
  mappings,
  names,
}: {
  readonly mappings: string
  readonly names: readonly string[]
}): Generator<RenamedAt> {
  let line = 0
  let column = 0
  let name = 0
  let field = 0
  let value = 0
  let shift = 0
  for (let at = 0; at < mappings.length; at++) {
    const code = mappings.charCodeAt(at)
    if (code === COMMA || code === SEMICOLON) {
      field = 0
      if (code === COMMA) continue
      line++
      column = 0
      continue
    }
    const digit = VALUES[code] ?? 0
    value |= (digit & 31) << shift
    shift += 5
    if ((digit & 32) !== 0) continue
    const change = (value & 1) === 0 ? value >> 1 : -(value >> 1)
    if (field === 0) column += change
    if (field === 4) {
      name += change
      yield { line, column, name: names[name] ?? '' }
    }
    field++
    value = 0
    shift = 0
  }
}

const COMMA = 44
const SEMICOLON = 59
