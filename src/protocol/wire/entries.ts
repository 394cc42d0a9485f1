import type { EntryTimes } from './migration.ts'
import type { WireThrown } from './thrown.ts'

type TimeLists = { readonly [Field in keyof EntryTimes]: readonly number[] }

/** How states were taken over: a list a field, for short objects by the thousand are slow to post. `readyAt` is 0 for one that was not. */
export interface Entries extends TimeLists {
  /** Why they were not, by place: nothing is said of one that has been given up meanwhile. */
  readonly failures: readonly (readonly [at: number, error: WireThrown])[]
}

/** How one state was taken over: undefined where it was given up meanwhile. */
export type Entry = EntryTimes | { readonly error: WireThrown } | undefined

/** The lists of many. */
export function entriesOf(all: readonly Entry[]): Entries {
  const list = (field: keyof EntryTimes): number[] => {
    return all.map((entry) => (isEntered(entry) ? entry[field] : 0))
  }
  return {
    readyAt: list('readyAt'),
    deserialiseMs: list('deserialiseMs'),
    codeChangeMs: list('codeChangeMs'),
    verifyMs: list('verifyMs'),
    failures: all.flatMap((entry, at) => {
      return entry !== undefined && 'error' in entry ? [[at, entry.error] as const] : []
    }),
  }
}

/** The times of one; undefined where it was not taken over. */
export function entryAt(entries: Entries, index: number): EntryTimes | undefined {
  const readyAt = entries.readyAt[index] ?? 0
  if (readyAt === 0) return undefined
  const deserialiseMs = entries.deserialiseMs[index] ?? 0
  const codeChangeMs = entries.codeChangeMs[index] ?? 0
  return { readyAt, deserialiseMs, codeChangeMs, verifyMs: entries.verifyMs[index] ?? 0 }
}

function isEntered(entry: Entry): entry is EntryTimes {
  return entry !== undefined && 'readyAt' in entry
}
