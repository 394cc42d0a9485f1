/** Rows under a heading as text; the first columns are words, the others, from `firstNumber` on, are right-aligned. */
export function table(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  firstNumber: number,
): string {
  const all = [heading, ...rows]
  const widths = heading.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    widths
      .map((width, column) => {
        const cell = row[column] ?? ''
        return column < firstNumber ? cell.padEnd(width) : cell.padStart(width)
      })
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '─'.repeat(width)).join('  ')
  return [line(heading), rule, ...rows.map(line)].join('\n')
}

/** Three significant digits, thousands set apart: 0.0521, 12.4, 1,390,000. */
export function number(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
}
