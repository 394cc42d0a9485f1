import type { EntryTimes } from './migration.ts'
import type { WireThrown } from './thrown.ts'

type TimeLists = { readonly [Field in keyof EntryTimes]: readonly number[] }

/**
 * Results of imports, as one list for each field: thousands of short objects are slow to post. `readyAt` is 0 for a
 * failure.
 */
export interface Entries extends TimeLists {
  /** Errors by index. An import that main has cancelled has none. */
  readonly failures: readonly (readonly [at: number, error: WireThrown])[]
}

/** The result of one import; undefined if main has cancelled it. */
export type Entry = EntryTimes | { readonly error: WireThrown } | undefined

/** The lists for many results. */
export function entriesOf(all: readonly Entry[]): Entries {
  const list = (field: keyof EntryTimes): number[] => {
    return all.map((entry) => (isEntered(entry) ? entry[field] : 0))
  }
  return {
    readyAt: list('readyAt'),
    deserialiseMs: list('deserialiseMs'),
    codeChangeMs: list('codeChangeMs'),
    verifyMs: list('verifyMs'),
    openMs: list('openMs'),
    failures: all.flatMap((entry, at) => {
      return entry !== undefined && 'error' in entry ? [[at, entry.error] as const] : []
    }),
  }
}

/** The times of one import; undefined if it failed. */
export function entryAt(entries: Entries, index: number): EntryTimes | undefined {
  const readyAt = entries.readyAt[index] ?? 0
  if (readyAt === 0) return undefined
  const deserialiseMs = entries.deserialiseMs[index] ?? 0
  const codeChangeMs = entries.codeChangeMs[index] ?? 0
  const verifyMs = entries.verifyMs[index] ?? 0
  return { readyAt, deserialiseMs, codeChangeMs, verifyMs, openMs: entries.openMs[index] ?? 0 }
}

function isEntered(entry: Entry): entry is EntryTimes {
  return entry !== undefined && 'readyAt' in entry
}
