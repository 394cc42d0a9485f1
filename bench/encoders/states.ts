import { init } from '../scale/v1.ts'

/** States by what they are mostly made of; each about as large as is said, as V8 writes it. */
const makers = {
  records: (megabytes: number) => [...init(megabytes * 9_000).records.values()],
  'a Map of records': (megabytes: number) => init(megabytes * 9_000).records,
  strings: (megabytes: number) =>
    Array.from(
      { length: megabytes * 10_000 },
      (_none, id) => `${'a line of text, '.repeat(6)}${id}`,
    ),
  numbers: (megabytes: number) =>
    Array.from({ length: megabytes * 110_000 }, (_none, id) => Math.sqrt(id)),
  'a typed array': (megabytes: number) => new Float64Array(megabytes * 125_000).fill(Math.PI),
} as const

export type StateName = keyof typeof makers

export const stateNames = Object.keys(makers) as StateName[]

/** In an object, so that JSON is given what it can write. */
export function stateOf(name: StateName, megabytes: number): { readonly state: unknown } {
  return { state: makers[name](megabytes) }
}
