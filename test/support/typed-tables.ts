import { check, said, v1, v2 } from './typecheck.ts'

/** What definitions of tables are made of, to be put behind them. */
export const types = `import { Table, table } from 'moult'
interface City { name: string; people: number; tags: string[] }
interface Place { title: string; tags: string[]; words: string[] }
class Towns extends Table<string, City> { readonly byName = new Map<string, string>() }
const cities = table<string, City>()
const places = table<string, Place>()
declare const any: any
`

/** Tables that are fields of a state, beside `n` of this type. */
export interface TableState {
  readonly n?: string
  readonly tables: string
}

/** Fields of a definition with such a state, in one line. */
export function definition(state: TableState): string {
  return `  init: () => ({ n: null! as ${state.n ?? 'number'}, ${state.tables} }),`
}

/** What is said of a step of the newer version, which is in line 5. */
export function tableFaults(
  root: string,
  older: TableState,
  newer: TableState,
  steps: string,
): string[] {
  return said(
    check(root, v1(definition(older)) + types, v2(`${definition(newer)}\n  ${steps}`) + types),
  )
}
