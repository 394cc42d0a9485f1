import { table } from './table.ts'

/** One thing that has to hold for the run of an example to count as good. */
export interface Check {
  readonly name: string
  readonly found: string
  readonly holds: boolean
}

/** Something that must be found exactly so often. */
export function exactly(name: string, found: number, expected: number): Check {
  const number = found.toLocaleString('en-US')
  const holds = found === expected
  return { name, found: holds ? number : `${number}, not ${expected}`, holds }
}

export function checkTable(checks: readonly Check[]): string {
  return table(
    ['', 'found', ''],
    checks.map(({ name, found, holds }) => [name, found, holds ? 'ok' : 'FAILED']),
  )
}
